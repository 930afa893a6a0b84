import { Context, Drop, Liquid, type Template as LiquidPart } from 'liquidjs';
import { replaceControlCharacters } from '../../core/clean-text.ts';
import { invalid, messageOf, type Refusal } from '../../core/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { withinTimeOf } from './time-limit.ts';

/** Parsing and rendering have limits on parts and memory; the time limit covers everything else. */
const TIME_LIMIT_MS = 500;
const MOST_PARTS = 10_000;
const MOST_MEMORY = 4_000_000;

interface RenderOptions {
  /** The IANA zone in which the filter `date` shows moments without a zone of their own. Default: UTC. */
  readonly timezone?: string;
}

/** A compiled Liquid template. */
export interface Template {
  /**
   * The text, without characters that no task may have (control characters, lone surrogates), cut at the maximum
   * length of a description. Missing values render as empty. Throws `VALIDATION` if a filter fails or a limit is
   * exceeded.
   */
  render(scope: Readonly<Record<string, unknown>>, options?: RenderOptions): Promise<string>;
}

const engine = createEngine();

/** Throws `VALIDATION` with the line and column of the error. */
export function compileTemplate(source: string): Template {
  if (source.length > LIMITS.templateCharacters) {
    throw invalid([{ path: [], message: `is longer than ${LIMITS.templateCharacters} characters` }]);
  }
  const parts = attempt(source, () => engine.parse(source));
  return {
    render: async (scope, options = {}) => attempt(source, () => clean(renderParts(parts, scope, options))),
  };
}

function renderParts(
  parts: LiquidPart[],
  scope: Readonly<Record<string, unknown>>,
  { timezone = 'UTC' }: RenderOptions,
): string {
  const limits = { sync: true, templateLimit: MOST_PARTS };
  const context = new Context(scope, { ...engine.options, timezoneOffset: timezone }, limits);
  return String(engine.renderSync(parts, context, limits));
}

/** Reads only the scope: no file, no other template, no inherited property, no environment. */
function createEngine(): Liquid {
  const liquid = new Liquid({
    templates: {},
    relativeReference: false,
    dynamicPartials: false,
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: false,
    locale: 'en-US',
    parseLimit: LIMITS.templateCharacters,
    memoryLimit: MOST_MEMORY,
    outputEscape: shown,
  });
  // Liquid's own `raw` filter would bypass the output limit; without escaping there is nothing for it to turn off.
  liquid.registerFilter('raw', (value: unknown) => value);
  for (const tag of ['include', 'render', 'layout', 'block']) delete liquid.tags[tag];
  return liquid;
}

interface Counting {
  readonly context: Context;
}

/** Output counts as memory: a harmless template can write a megabyte of the body in a loop. */
function shown(this: Counting, value: unknown): string {
  const text = textOf(value);
  this.context.memoryLimit.use(text.length);
  return text;
}

/** Like Liquid, except that an object is written as JSON instead of `[object Object]`, alone or in a list. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  // `nil`, `blank` and `forloop` are objects of Liquid.
  if (value instanceof Drop) return value.valueOf() === value ? '' : textOf(value.valueOf());
  if (Array.isArray(value)) {
    const hasObjects = value.some((item) => typeof item === 'object' && item !== null);
    return hasObjects ? JSON.stringify(value) : value.join('');
  }
  return typeof value === 'object' && !(value instanceof Date) ? JSON.stringify(value) : String(value);
}

function attempt<T>(source: string, action: () => T): T {
  try {
    return withinTimeOf(source, TIME_LIMIT_MS, action);
  } catch (error) {
    throw refusal(error);
  }
}

/** Liquid's errors have a line and column; a stack overflow and the time limit do not. */
function refusal(error: unknown): Refusal {
  const { token } = (error ?? {}) as { token?: { getPosition?: () => readonly [number, number] } };
  const text = messageOf(error).replace(/, line:\d+, col:\d+$/, '');
  const place = token?.getPosition?.();
  return invalid([{ path: [], message: place ? `line ${place[0]}, column ${place[1]}: ${text}` : text }]);
}

const CUT = '…';

function clean(text: string): string {
  // Every character has at least one byte, so later characters would be cut anyway.
  const candidate = replaceControlCharacters(text.slice(0, LIMITS.descriptionBytes + 1), '').toWellFormed();
  if (Buffer.byteLength(candidate) <= LIMITS.descriptionBytes && text.length <= LIMITS.descriptionBytes) {
    return candidate;
  }
  const room = Buffer.alloc(LIMITS.descriptionBytes - Buffer.byteLength(CUT));
  // `write` never cuts within a character.
  return room.toString('utf8', 0, room.write(candidate)) + CUT;
}
