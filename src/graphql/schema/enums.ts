import type { EventType } from '../../domain/events.ts';
import { ROLES, type Role, roleText } from '../../domain/permissions.ts';
import type { RunEndedAs } from '../../domain/run.ts';
import type { KeySource, TaskSource } from '../../domain/source.ts';
import type { TaskStatus } from '../../domain/status.ts';
import type { WaitingReason } from '../../domain/task.ts';
import { builder } from '../builder.ts';

/** SCREAMING names over the domain's own values; the compiler asks for each of them. */
export function values<Value extends string>(descriptions: Record<Value, string>) {
  const entries = Object.entries(descriptions) as [Value, string][];
  return Object.fromEntries(
    entries.map(([value, description]) => [value.toUpperCase().replaceAll('.', '_'), { value, description }]),
  ) as Record<string, { value: Value; description: string }>;
}

export const TaskStatusEnum = builder.enumType('TaskStatus', {
  description: 'Where a task stands. COMPLETED, FAILED and CANCELLED are final.',
  values: values<TaskStatus>({
    pending: 'Created, waiting to be picked up.',
    in_progress: 'Being worked on, or waiting for its next run.',
    needs_input: 'Paused: a person has to answer a question first (see `inputRequest`).',
    completed: 'Done; `result` says what came of it.',
    failed: 'Given up; `error` says why.',
    cancelled: 'Stopped by a person or the API.',
  }),
});

export const TaskSourceEnum = builder.enumType('TaskSource', {
  description: 'Where a task came from.',
  values: values<TaskSource>({
    dashboard: 'Made by hand on the dashboard.',
    api: 'Made through the API.',
    agent: 'Made by an agent with its manage_tasks tool. Only ever set by the system.',
    cron: 'Made by a cron trigger. Only ever set by the system.',
    webhook: 'Made by a webhook. Only ever set by the system.',
  }),
});

export const KeySourceEnum = builder.enumType('KeySource', {
  description: 'The sources an API key may name when it makes a task.',
  values: values<KeySource>({ dashboard: 'For a dashboard.', api: 'For a program.' }),
});

export const WaitingReasonEnum = builder.enumType('WaitingReason', {
  description: 'Why a task is not being worked on at this moment.',
  values: values<WaitingReason>({
    tracked: 'It has no agent: it waits for whoever takes it with `startTask`.',
    not_before: 'Its `notBefore` lies ahead.',
    waiting_for_worker: 'It may run; no worker has a free slot, or none is alive (see `workers`).',
    agent_unknown: 'Its agent is no longer configured.',
    waiting_for_input: 'A person has to answer its question.',
    waiting_for_retry: 'A run failed; the next one comes at `notBefore`.',
    lease_lost: 'Its worker died or was cut off; the next free one takes it up.',
  }),
});

export const TaskEventTypeEnum = builder.enumType('TaskEventType', {
  description:
    'What happened to a task. Those that begin with TASK move it or change it; those with RUN tell of a try.',
  values: values<EventType>({
    'task.created': 'It was made.',
    'task.updated': 'What it says was changed; `data` has each field before and after.',
    'task.started': 'Somebody took it up.',
    'task.input_requested': 'It asks a question; `data` has it.',
    'task.input_provided': 'The question was answered; `data` has the answer.',
    'task.completed': 'It was done.',
    'task.failed': 'It was given up; `data` has the code and the message.',
    'task.cancelled': 'It was stopped.',
    'run.started': 'A further run took it up, after an answer, a failed run or a lost one.',
    'run.retry_scheduled':
      'A run failed and another will try; `data` has the error and the wait in milliseconds.',
    'run.lease_lost': 'A run lost its lease: its worker died, hung or was cut off.',
    'run.released': 'A run gave the task back unfinished: its worker shut down, or could not go on with it.',
  }),
});

export const RunOutcomeEnum = builder.enumType('RunOutcome', {
  description: 'How a run ended.',
  values: values<RunEndedAs>({
    completed: 'The task was completed.',
    failed: 'The task failed.',
    asked: 'It asked a question; the answer brings the next run.',
    retry: 'It failed, and another run will try.',
    cancelled: 'The task was cancelled under it.',
    released: 'Its worker shut down and gave the task back.',
    lease_lost: 'Its worker died, hung or was cut off.',
  }),
});

export const RoleEnum = builder.enumType('Role', {
  description: 'What a key may do. Each role may do all that the one before it may.',
  values: values(Object.fromEntries(ROLES.map((role) => [role, roleText(role)])) as Record<Role, string>),
});

export const KeyKindEnum = builder.enumType('KeyKind', {
  description: 'Who uses a key; on record with everything it does.',
  values: values<'person' | 'service'>({ person: 'A person.', service: 'A program.' }),
});

export const OrderDirectionEnum = builder.enumType('OrderDirection', {
  description: 'Which end of a list comes first.',
  values: values<'asc' | 'desc'>({
    asc: 'The smallest or oldest first.',
    desc: 'The greatest or newest first.',
  }),
});

export const TaskOrderFieldEnum = builder.enumType('TaskOrderField', {
  description: 'What a list of tasks is ordered by; equal ones are ordered by id.',
  values: values<'created_at' | 'updated_at' | 'priority'>({
    created_at: 'When it was made.',
    updated_at: 'When anything about it last changed.',
    priority: 'Its priority.',
  }),
});
