import type pg from 'pg';
import type { Actor } from '../../domain/actor.ts';
import type { InputRequest } from '../../domain/input-request.ts';
import type { Queryable } from '../transaction.ts';

interface InputRequestRow {
  id: string;
  task_id: string;
  run_id: string | null;
  tool_call_id: string | null;
  question: string;
  asked_by: Actor;
  asked_at: Date;
  answer: unknown;
  answered_by: Actor | null;
  answered_at: Date | null;
}

function toInputRequest(row: InputRequestRow): InputRequest {
  return {
    id: row.id,
    taskId: row.task_id,
    runId: row.run_id,
    toolCallId: row.tool_call_id,
    question: row.question,
    askedBy: row.asked_by,
    askedAt: row.asked_at,
    answer: row.answer,
    answeredBy: row.answered_by,
    answeredAt: row.answered_at,
  };
}

/** The input requests of `ids`, in their order; undefined for a missing one. */
export async function readInputRequests(
  pool: Queryable,
  ids: readonly string[],
): Promise<(InputRequest | undefined)[]> {
  const { rows } = await pool.query<InputRequestRow>({
    name: 'inputs-by-id',
    text: 'select * from input_requests where id = any ($1::text[])',
    values: [ids],
  });
  const found = new Map(rows.map((row) => [row.id, toInputRequest(row)]));
  return ids.map((id) => found.get(id));
}

/** All input requests of a task, oldest first. */
export async function inputRequestsOf(pool: pg.Pool, taskId: string): Promise<InputRequest[]> {
  const { rows } = await pool.query<InputRequestRow>({
    name: 'inputs-of-task',
    text: 'select * from input_requests where task_id = $1 order by asked_at, id',
    values: [taskId],
  });
  return rows.map(toInputRequest);
}
