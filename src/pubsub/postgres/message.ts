import { z } from 'zod';
import { type Payload, TOPIC_NAMES, TOPICS, type Topic } from '../topics.ts';

/** NOTIFY accepts 8,000 bytes; a longer message is sent as "anything". */
const MAX_BYTES = 7_000;
/** The maximum length of a merged list; a longer one would not fit into a NOTIFY. */
const MAX_NAMES = 500;

type Lists = Readonly<Record<string, readonly string[]>>;

const envelope = z.object({
  /** The sending process, which has already called its own listeners. */
  from: z.string(),
  topic: z.enum(TOPIC_NAMES),
  payload: z.unknown(),
});

export interface Message {
  readonly from: string;
  readonly topic: Topic;
  readonly payload: Payload<Topic>;
}

/** Merges two messages: each list is the union, and "anything" (an empty list) stays "anything". */
export function merge<Name extends Topic>(first: Payload<Name>, second: Payload<Name>): Payload<Name> {
  const [one, other] = [first as Lists, second as Lists];
  const merged = Object.keys(one).map((field) => [field, union(one[field] ?? [], other[field] ?? [])]);
  return Object.fromEntries(merged) as Payload<Name>;
}

function union(one: readonly string[], other: readonly string[]): readonly string[] {
  if (one.length === 0 || other.length === 0) return [];
  const names = new Set([...one, ...other]);
  return names.size > MAX_NAMES ? [] : [...names];
}

/** The text of a NOTIFY; always short enough. */
export function encode(from: string, topic: Topic, payload: Payload<Topic>): string {
  const text = JSON.stringify({ from, topic, payload });
  if (Buffer.byteLength(text) <= MAX_BYTES) return text;
  const anything = Object.fromEntries(Object.keys(payload).map((field) => [field, []]));
  return JSON.stringify({ from, topic, payload: anything });
}

/** Undefined for a message of another version of Errand or another program. */
export function decode(text: string): Message | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const outer = envelope.safeParse(json);
  if (!outer.success) return undefined;
  const { from, topic } = outer.data;
  const payload = TOPICS[topic].safeParse(outer.data.payload);
  return payload.success ? { from, topic, payload: payload.data } : undefined;
}
