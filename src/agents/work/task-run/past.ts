import type pg from 'pg';
import type { InputRequest } from '../../../domain/input-request.ts';
import { parseStep } from '../../../domain/messages.ts';
import { readRecord } from '../../../store/runs/steps.ts';
import { inputRequestsOf } from '../../../store/tasks/inputs.ts';
import { Conversation } from '../../record/conversation.ts';
import type { Answer, Past } from '../unit.ts';

/** Of a task's first run. */
export function emptyPast(): Past {
  return { conversation: new Conversation(), answers: new Map(), unsent: [] };
}

/** Reads the steps of all earlier runs of the task, and the answers that came since. */
export async function readPast(pool: pg.Pool, taskId: string): Promise<Past> {
  const [events, inputs] = await Promise.all([readRecord(pool, taskId), inputRequestsOf(pool, taskId)]);
  const conversation = new Conversation();
  for (const event of events) {
    const step = parseStep(event.type, event.data);
    if (!step) {
      throw new Error(
        `Step ${event.runNumber}.${event.seq} of ${taskId} has a type that this version does not know: ${event.type}`,
      );
    }
    conversation.apply(step);
  }
  const answered = inputs.filter((input) => input.answeredAt !== null);
  return {
    conversation,
    answers: new Map(
      answered.flatMap((input) => (input.toolCallId === null ? [] : [[input.toolCallId, answerOf(input)]])),
    ),
    unsent: answered
      .filter((input) => input.toolCallId === null && !conversation.hasAnswer(input.id))
      .map(answerOf),
  };
}

function answerOf({ id, question, answer, answeredBy }: InputRequest): Answer {
  return { inputRequestId: id, question, answer, isTimedOut: answeredBy?.kind === 'system' };
}
