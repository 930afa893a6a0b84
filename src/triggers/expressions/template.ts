import { Context, Drop, Liquid, type Template as LiquidPart } from 'liquidjs';
import { replaceControlCharacters } from '../../core/clean-text.ts';
import { invalid, messageOf, type Refusal } from '../../core/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { withinTimeOf } from './time-limit.ts';

/** Parsing and rendering are counted in parts and memory; the time is for what no counter sees. */
const TIME_LIMIT_MS = 500;
const MOST_PARTS = 10_000;
const MOST_MEMORY = 4_000_000;

interface RenderOptions {
  /** IANA; in which the filter `date` shows moments without a zone of their own. UTC when absent. */
  readonly timezone?: string;
}

/** A Liquid template that compiled. */
export interface Template {
  /**
   * The text, without what no task may hold (control characters, half surrogate pairs), cut at the size of a
   * description. What is missing is empty. Throws `VALIDATION` when a filter fails or a limit is passed.
   */
  render(scope: Readonly<Record<string, unknown>>, options?: RenderOptions): Promise<string>;
}

const engine = createEngine();

/** Throws `VALIDATION` with the line and column of what is wrong. */
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

/** Reads nothing but the scope: no file, no other template, no inherited property, no environment. */
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
  // Its own would go past the counting; there is no escaping that it could turn off.
  liquid.registerFilter('raw', (value: unknown) => value);
  for (const tag of ['include', 'render', 'layout', 'block']) delete liquid.tags[tag];
  return liquid;
}

interface Counting {
  readonly context: Context;
}

/** What is put out counts as memory: a megabyte in a loop is what a body makes of an innocent template. */
function shown(this: Counting, value: unknown): string {
  const text = textOf(value);
  this.context.memoryLimit.use(text.length);
  return text;
}

/** As Liquid has it, except that an object reads as JSON rather than as `[object Object]`, alone or in a list. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  // `nil`, `blank` and `forloop` are Liquid's own objects.
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

/** Liquid's own errors know their place; a stack that overflowed or the time limit have none. */
function refusal(error: unknown): Refusal {
  const { token } = (error ?? {}) as { token?: { getPosition?: () => readonly [number, number] } };
  const text = messageOf(error).replace(/, line:\d+, col:\d+$/, '');
  const place = token?.getPosition?.();
  return invalid([{ path: [], message: place ? `line ${place[0]}, column ${place[1]}: ${text}` : text }]);
}

const CUT = '…';

function clean(text: string): string {
  // Every character is at least a byte, so nothing after this many can be kept.
  const candidate = replaceControlCharacters(text.slice(0, LIMITS.descriptionBytes + 1), '').toWellFormed();
  if (Buffer.byteLength(candidate) <= LIMITS.descriptionBytes && text.length <= LIMITS.descriptionBytes) {
    return candidate;
  }
  const room = Buffer.alloc(LIMITS.descriptionBytes - Buffer.byteLength(CUT));
  // `write` never leaves half a character.
  return room.toString('utf8', 0, room.write(candidate)) + CUT;
}
