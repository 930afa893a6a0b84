import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { invalid, messageOf } from '../../core/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { withinTimeOf } from './time-limit.ts';

const TIME_LIMIT_MS = 500;
/** A nested loop goes through its list once for each element of the outer list. */
const MOST_NESTED_LOOPS = 2;
const MOST_LOOPS = 8;
const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** The result of a condition for one delivery; `reason` is why it is not true. */
type ConditionResult = { readonly holds: true } | { readonly holds: false; readonly reason: string };

/** A compiled CEL condition. */
export interface Condition {
  /**
   * Never throws: a condition that cannot be evaluated, such as one with a missing field, does not hold; the reason
   * names the field.
   * The scope has `body`, `headers`, `trigger`, `delivery` and `query`.
   */
  decide(scope: Readonly<Record<string, unknown>>): ConditionResult;
  holds(scope: Readonly<Record<string, unknown>>): boolean;
}

const environment = createEnvironment();

/** Throws `VALIDATION` with the line and column of an error, and for an expression whose type is not bool. */
export function compileCondition(source: string): Condition {
  if (source.length > LIMITS.conditionCharacters) {
    throw invalid([{ path: [], message: `is longer than ${LIMITS.conditionCharacters} characters` }]);
  }
  const evaluate = compile(source);
  const decide = (scope: Readonly<Record<string, unknown>>): ConditionResult => {
    try {
      const result: unknown = withinTimeOf(source, TIME_LIMIT_MS, () => evaluate(scope));
      if (result === true) return { holds: true };
      if (result === false) return { holds: false, reason: 'the condition is false' };
      return { holds: false, reason: 'the condition evaluated to neither true nor false' };
    } catch (error) {
      return { holds: false, reason: `the condition could not be evaluated: ${summaryOf(error)}` };
    }
  };
  return { decide, holds: (scope) => decide(scope).holds };
}

function compile(source: string): (scope: Readonly<Record<string, unknown>>) => unknown {
  try {
    return withinTimeOf(source, TIME_LIMIT_MS, () => {
      const parsed = environment.parse(source);
      const check = parsed.check();
      if (!check.valid) throw check.error;
      if (check.type !== 'bool' && check.type !== 'dyn') {
        throw invalid([{ path: [], message: `must evaluate to true or false, not to type ${check.type}` }]);
      }
      mustBeBounded(parsed.ast);
      return parsed;
    });
  } catch (error) {
    throw refusal(error, source);
  }
}

/** Adds mixed arithmetic of int and double: JSON numbers are doubles, and users write `body.number + 1`. */
function createEnvironment(): Environment {
  const cel = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: {
      maxAstNodes: 1_000,
      maxDepth: 50,
      maxListElements: 500,
      maxMapEntries: 100,
      maxCallArguments: 16,
    },
  })
    .registerVariable('body', 'dyn')
    .registerVariable('headers', 'map<string, string>')
    .registerVariable('query', 'map<string, string>')
    .registerVariable('trigger', 'map<string, string>')
    .registerVariable('delivery', 'map<string, string>');
  const arithmetic: Record<string, (a: number, b: number) => number> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
    '%': (a, b) => a % b,
  };
  for (const [sign, calculate] of Object.entries(arithmetic)) {
    const mixed = (a: unknown, b: unknown): number => calculate(Number(a), Number(b));
    cel.registerOperator(`double ${sign} int`, mixed);
    cel.registerOperator(`int ${sign} double`, mixed);
  }
  cel.registerOperator('double % double', (a: number, b: number) => a % b);
  // The checker takes `body.half * 4` for an int although it is a double, so ints and doubles can be compared.
  cel.registerOperator('int == double', (a: unknown, b: unknown) => Number(a) === Number(b));
  return cel;
}

/** Throws `VALIDATION` if loops are nested so deeply that a large list would take minutes. */
function mustBeBounded(ast: ASTNode): void {
  let loops = 0;
  const walk = (node: unknown, depth: number): void => {
    if (Array.isArray(node)) for (const inner of node) walk(inner, depth);
    if (typeof node !== 'object' || node === null || !('op' in node)) return;
    const { op, args } = node as { op: string; args: unknown };
    if (op !== 'rcall' || !Array.isArray(args) || !LOOPS.has(String(args[0]))) {
      walk(args, depth);
      return;
    }
    loops += 1;
    if (depth >= MOST_NESTED_LOOPS || loops > MOST_LOOPS) {
      const most = `use at most ${MOST_LOOPS} in total, and nest at most ${MOST_NESTED_LOOPS}`;
      throw invalid([
        { path: [], message: `has too many loops (all, exists, exists_one, map, filter); ${most}` },
      ]);
    }
    walk(args[1], depth);
    walk(args.slice(2), depth + 1);
  };
  walk(ast, 0);
}

function summaryOf(error: unknown): string {
  const { summary } = (error ?? {}) as { summary?: unknown };
  return typeof summary === 'string' ? summary : messageOf(error);
}

function refusal(error: unknown, source: string): unknown {
  const { range, code } = (error ?? {}) as { range?: { start: number }; code?: unknown };
  if (code === 'VALIDATION') return error;
  const text = summaryOf(error);
  const message = range ? `${placeOf(source, range.start)}: ${text}` : text;
  return invalid([{ path: [], message }]);
}

function placeOf(source: string, offset: number): string {
  const before = source.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}
