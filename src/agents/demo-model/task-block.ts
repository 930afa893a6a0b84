import { z } from 'zod';
import { textOf, type WireMessage } from './wire.ts';

const presentedTask = z.object({ id: z.string(), title: z.string(), description: z.string().nullish() });

export interface PresentedTask {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

const OPENING = /<task id="(task_[0-9a-z]+)">/;
const CLOSING = '</task>';

/**
 * The task of the run, from the first user message that holds `<task id="task_…">{ id, title, description }</task>`.
 * The last closing tag counts, so that one inside a description has no effect. Undefined when there is none.
 */
export function presentedTaskIn(messages: readonly WireMessage[]): PresentedTask | undefined {
  for (const message of messages) {
    if (message.role !== 'user') continue;
    const text = textOf(message);
    const opening = OPENING.exec(text);
    const end = text.lastIndexOf(CLOSING);
    if (!opening || end < opening.index) continue;
    const parsed = presentedTask.safeParse(jsonOf(text.slice(opening.index + opening[0].length, end)));
    if (!parsed.success) continue;
    const { title, description } = parsed.data;
    return { id: opening[1] ?? parsed.data.id, title, description: description ?? '' };
  }
  return undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
