import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestError, TestModule } from 'vitest/node';

const MESSAGE_LINES = 15;

/**
 * A reporter of vitest for readers who see only part of the output: writes the numbers of passed and failed tests to
 * the file TEST_FAILURES (first line), then each failure in a few lines. It also counts as failures: skipped tests,
 * errors outside tests, and files or groups that failed as a whole, which vitest's own counts omit.
 */
export default class Failures implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const failures: string[] = [];
    let passed = 0;
    for (const module of modules) {
      const file = module.relativeModuleId;
      if (module.errors().length > 0) failures.push(shown(file, 'the file as a whole', module.errors()));
      for (const suite of module.children.allSuites())
        if (suite.errors().length > 0) failures.push(shown(file, suite.fullName, suite.errors()));
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failures.push(shown(file, test.fullName, errors));
        else failures.push(`✗ ${file} › ${test.fullName}\n    ${state}: in CI no test may be skipped`);
      }
    }
    failures.push(...unhandled.map((error) => shown('an error outside of every test', '', [error])));
    writeFileSync(
      process.env['TEST_FAILURES'] ?? '/dev/stderr',
      `${[`${passed} ${failures.length}`, ...failures].join('\n')}\n`,
    );
  }
}

function shown(file: string, name: string, errors: readonly (SerializedError | TestError)[]): string {
  const lines = errors.flatMap(linesOf).map((line) => `    ${line}`);
  return [`✗ ${file}${name && ` › ${name}`}`, ...lines].join('\n');
}

/** The error and its place; a long difference is cut. */
function linesOf({ name, message, stack, stacks, diff }: SerializedError): string[] {
  const places = stacks?.map((place) => `${place.file}:${place.line}:${place.column}`);
  const at = (places ?? stack?.split('\n    at ').slice(1) ?? []).slice(0, 3).map((place) => `at ${place}`);
  const text = `${name ?? 'Error'}: ${message}${typeof diff === 'string' ? `\n${diff}` : ''}`;
  return [...text.split('\n').slice(0, MESSAGE_LINES - at.length), ...at];
}
