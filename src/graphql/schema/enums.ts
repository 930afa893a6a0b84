import type { EventType } from '../../domain/events.ts';
import { ROLES, type Role, roleText } from '../../domain/permissions.ts';
import type { RunEndedAs } from '../../domain/run.ts';
import type { KeySource, TaskSource } from '../../domain/source.ts';
import type { TaskStatus } from '../../domain/status.ts';
import type { WaitingReason } from '../../domain/task.ts';
import { builder } from '../builder.ts';

/** Upper-case names for the values of the domain; the compiler requires each of them. */
export function values<Value extends string>(descriptions: Record<Value, string>) {
  const entries = Object.entries(descriptions) as [Value, string][];
  return Object.fromEntries(
    entries.map(([value, description]) => [value.toUpperCase().replaceAll('.', '_'), { value, description }]),
  ) as Record<string, { value: Value; description: string }>;
}

export const TaskStatusEnum = builder.enumType('TaskStatus', {
  description: 'The status of a task. COMPLETED, FAILED and CANCELLED are final.',
  values: values<TaskStatus>({
    pending: 'Created, not started yet.',
    in_progress: 'In progress, or waiting for its next run.',
    needs_input: 'Paused until a person answers its question (see `inputRequest`).',
    completed: 'Completed; see `result`.',
    failed: 'Failed; see `error`.',
    cancelled: 'Cancelled before it was completed or failed.',
  }),
});

export const TaskSourceEnum = builder.enumType('TaskSource', {
  description: 'Where a task came from.',
  values: values<TaskSource>({
    dashboard: 'Created by a person on the dashboard.',
    api: 'Created through the API.',
    agent: 'Created by an agent with the tool `manage_tasks`. Set only by the system.',
    cron: 'Created by a cron trigger. Set only by the system.',
    webhook: 'Created by a webhook trigger. Set only by the system.',
  }),
});

export const KeySourceEnum = builder.enumType('KeySource', {
  description: 'The sources that a caller with an API key can give to a task.',
  values: values<KeySource>({ dashboard: 'For a dashboard.', api: 'For a program.' }),
});

export const WaitingReasonEnum = builder.enumType('WaitingReason', {
  description: 'Why a task is waiting.',
  values: values<WaitingReason>({
    tracked: 'It has no agent: it waits until a caller starts it with `startTask`.',
    not_before: 'Its `notBefore` is in the future.',
    waiting_for_worker:
      'It is ready to run; no worker has a free slot, or no worker is alive (see `workers`).',
    agent_unknown: 'Its agent is no longer configured.',
    waiting_for_input: 'Its question is not answered yet.',
    waiting_for_retry: 'A run failed; the next run starts at `notBefore` or later.',
    lease_lost:
      'Its lease expired, for example because the worker crashed. The next free worker continues it.',
  }),
});

export const TaskEventTypeEnum = builder.enumType('TaskEventType', {
  description:
    'What happened to a task. Types that begin with TASK_ are changes of the task itself; types that begin with RUN_ are about its runs.',
  values: values<EventType>({
    'task.created': 'The task was created.',
    'task.updated': 'Fields of the task were changed; `data` has each of them before and after.',
    'task.started': 'The task was started.',
    'task.input_requested': 'A question was asked; it is in `data`.',
    'task.input_provided': 'The question was answered; the answer is in `data`.',
    'task.completed': 'The task was completed.',
    'task.failed': 'The task failed; `data` has the error code and the message.',
    'task.cancelled': 'The task was cancelled.',
    'run.started': 'A further run started, after an answer, a failed run or a lost lease.',
    'run.retry_scheduled':
      'A run failed and will be retried; `data` has the error and the delay in milliseconds.',
    'run.lease_lost': 'A run lost its lease, for example because its worker crashed or lost its connection.',
    'run.released': 'A run returned the task unfinished: its worker shut down or could not continue.',
  }),
});

export const RunOutcomeEnum = builder.enumType('RunOutcome', {
  description: 'How a run ended.',
  values: values<RunEndedAs>({
    completed: 'The task was completed.',
    failed: 'The task failed.',
    asked: 'The agent asked a question; the next run starts after the answer.',
    retry: 'The run failed; the task is retried by another run.',
    cancelled: 'The task was cancelled during the run.',
    released: 'The worker shut down or could not continue, and returned the task.',
    lease_lost: 'The lease expired, for example because the worker crashed.',
  }),
});

export const RoleEnum = builder.enumType('Role', {
  description:
    'What an API key is allowed to do. In the order VIEWER, AGENT, MEMBER, ADMIN, each role includes the permissions of the roles before it.',
  values: values(Object.fromEntries(ROLES.map((role) => [role, roleText(role)])) as Record<Role, string>),
});

export const KeyKindEnum = builder.enumType('KeyKind', {
  description: 'Who uses an API key; recorded with everything that the key does.',
  values: values<'person' | 'service'>({ person: 'A person.', service: 'A program.' }),
});

export const OrderDirectionEnum = builder.enumType('OrderDirection', {
  description: 'The direction of an order.',
  values: values<'asc' | 'desc'>({
    asc: 'Ascending: the smallest or oldest first.',
    desc: 'Descending: the largest or newest first.',
  }),
});

export const TaskOrderFieldEnum = builder.enumType('TaskOrderField', {
  description: 'The field that tasks are ordered by. Tasks with equal values are ordered by id.',
  values: values<'created_at' | 'updated_at' | 'priority'>({
    created_at: 'The time of creation.',
    updated_at: 'The time of the last change.',
    priority: 'The priority.',
  }),
});
