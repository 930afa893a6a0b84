import type pg from 'pg';
import { parseStep } from '../../../domain/messages.ts';
import { readRecord } from '../../../store/runs/steps.ts';
import { type InputRequest, inputRequestsOf } from '../../../store/tasks/inputs.ts';
import { Conversation } from '../../record/conversation.ts';

/** What earlier runs of a task left behind. */
export interface Past {
  readonly conversation: Conversation;
  /** Answered questions by the tool call that asked. */
  readonly answers: ReadonlyMap<string, InputRequest>;
  /** Answered questions that no tool call asked and no run has told the model yet, oldest first. */
  readonly untold: readonly InputRequest[];
}

export const NO_PAST = (): Past => ({ conversation: new Conversation(), answers: new Map(), untold: [] });

/** Reads the record of all runs before this one, and the answers that came meanwhile. */
export async function readPast(pool: pg.Pool, taskId: string): Promise<Past> {
  const [events, inputs] = await Promise.all([readRecord(pool, taskId), inputRequestsOf(pool, taskId)]);
  const conversation = new Conversation();
  for (const event of events) {
    const step = parseStep(event.type, event.data);
    if (!step) {
      throw new Error(
        `step ${event.runNumber}.${event.seq} of ${taskId} is not one this version knows: ${event.type}`,
      );
    }
    conversation.apply(step);
  }
  const answered = inputs.filter((input) => input.answeredAt !== null);
  return {
    conversation,
    answers: new Map(
      answered.flatMap((input) => (input.toolCallId === null ? [] : [[input.toolCallId, input]])),
    ),
    untold: answered.filter((input) => input.toolCallId === null && !conversation.hasToldAnswer(input.id)),
  };
}
