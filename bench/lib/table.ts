import type { Result } from './measure.ts';

/** The results as text: one line each, then the additional measurements. */
export function table(results: Readonly<Record<string, Result>>): string {
  const head = ['', 'ours', 'theirs', 'ratio', 'target', '', 'against'];
  const rows = Object.entries(results).map(([name, result]) => [
    name,
    `${result.ours} ${result.unit}`,
    `${result.theirs} ${result.unit}`,
    String(result.ratio),
    result.target,
    result.met ? 'met' : 'MISSED',
    result.against,
  ]);
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const more = Object.entries(results).map(
    ([name, { ours, theirs, ratio, unit, against, target, met, ...rest }]) =>
      `${name}: ${JSON.stringify(rest)}`,
  );
  return [...lines, '', ...more].join('\n');
}
