/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The result of a delivery. PENDING, DELIVERED and CANCELLED are only for outgoing deliveries. */
export type DeliveryVerdict =
  /** Incoming: a task was created. */
  | 'ACCEPTED'
  /** Outgoing: it is not tried again, because the endpoint was disabled or deleted. */
  | 'CANCELLED'
  /** Outgoing: the receiver accepted it. */
  | 'DELIVERED'
  /** Incoming: it duplicates an earlier delivery; no task was created. */
  | 'DUPLICATE'
  /** Incoming: no task could be created. Outgoing: it could not be delivered, and is not tried again. */
  | 'FAILED'
  /** Incoming: the condition of the trigger was not met, or the trigger was paused. */
  | 'FILTERED'
  /** Outgoing: it waits for its next attempt. */
  | 'PENDING'
  /** Incoming: it is recorded and not decided yet. */
  | 'RECEIVED'
  /** Incoming: the signature is invalid, or the body is too large or does not match its content type. */
  | 'REFUSED';

/** The result of an occurrence. */
export type OccurrenceOutcome =
  /** No task: a template failed, or the agent is not configured. */
  | 'FAILED'
  /** A task was created. */
  | 'FIRED'
  /** No task: the check found no change, or did not succeed. */
  | 'REFUSED'
  /** No task: another task was not final, or the missed occurrence was not made up. */
  | 'SKIPPED';

/** How a run ended. */
export type RunOutcome =
  /** The agent asked a question; the next run starts after the answer. */
  | 'ASKED'
  /** The task was cancelled during the run. */
  | 'CANCELLED'
  /** The task was completed. */
  | 'COMPLETED'
  /** The task failed. */
  | 'FAILED'
  /** The lease expired, for example because the worker crashed. */
  | 'LEASE_LOST'
  /** The worker shut down or could not continue, and returned the task. */
  | 'RELEASED'
  /** The run failed; the task is retried by another run. */
  | 'RETRY';

/** The type of a step. It determines the shape of the step's `data`. */
export type RunStepType =
  /** A person's answer to the agent's question: `{ inputRequestId, question, answer }`. */
  | 'ANSWER'
  /** A complete answer of the model: `{ text, toolCalls, finishReason, usage }`. */
  | 'ASSISTANT'
  /** A part of an answer while the model writes it: `{ text }`. The ASSISTANT step has the complete answer. */
  | 'TEXT'
  /** The start of a tool call: `{ toolCallId, name }`. */
  | 'TOOL_CALL'
  /** The result of a tool call: `{ toolCallId, name, content, isError, code }`. */
  | 'TOOL_RESULT';

/** What happened to a task. Types that begin with TASK_ are changes of the task itself; types that begin with RUN_ are about its runs. */
export type TaskEventType =
  /** A run lost its lease, for example because its worker crashed or lost its connection. */
  | 'RUN_LEASE_LOST'
  /** A run returned the task unfinished: its worker shut down or could not continue. */
  | 'RUN_RELEASED'
  /** A run failed and will be retried; `data` has the error and the delay in milliseconds. */
  | 'RUN_RETRY_SCHEDULED'
  /** A further run started, after an answer, a failed run or a lost lease. */
  | 'RUN_STARTED'
  /** The task was cancelled. */
  | 'TASK_CANCELLED'
  /** The task was completed. */
  | 'TASK_COMPLETED'
  /** The task was created. */
  | 'TASK_CREATED'
  /** The task failed; `data` has the error code and the message. */
  | 'TASK_FAILED'
  /** The question was answered; the answer is in `data`. */
  | 'TASK_INPUT_PROVIDED'
  /** A question was asked; it is in `data`. */
  | 'TASK_INPUT_REQUESTED'
  /** The task was started. */
  | 'TASK_STARTED'
  /** Fields of the task were changed; `data` has each of them before and after. */
  | 'TASK_UPDATED';

/** The status of a task. COMPLETED, FAILED and CANCELLED are final. */
export type TaskStatus =
  /** Cancelled before it was completed or failed. */
  | 'CANCELLED'
  /** Completed; see `result`. */
  | 'COMPLETED'
  /** Failed; see `error`. */
  | 'FAILED'
  /** In progress, or waiting for its next run. */
  | 'IN_PROGRESS'
  /** Paused until a person answers its question (see `inputRequest`). */
  | 'NEEDS_INPUT'
  /** Created, not started yet. */
  | 'PENDING';

/** The kind of a trigger. */
export type TriggerKind =
  /** A schedule: a cron expression in a time zone. */
  | 'CRON'
  /** A call of `POST /webhooks/<path>`. */
  | 'WEBHOOK';

/** Why a task is waiting. */
export type WaitingReason =
  /** Its agent is no longer configured. */
  | 'AGENT_UNKNOWN'
  /** Its lease expired, for example because the worker crashed. The next free worker continues it. */
  | 'LEASE_LOST'
  /** Its `notBefore` is in the future. */
  | 'NOT_BEFORE'
  /** It has no agent: it waits until a caller starts it with `startTask`. */
  | 'TRACKED'
  /** Its question is not answered yet. */
  | 'WAITING_FOR_INPUT'
  /** A run failed; the next run starts at `notBefore` or later. */
  | 'WAITING_FOR_RETRY'
  /** It is ready to run; no worker has a free slot, or no worker is alive (see `workers`). */
  | 'WAITING_FOR_WORKER';

export type TriggerPageQueryVariables = Exact<{ [key: string]: never; }>;


export type TriggerPageQuery = { triggers: { totalCount: number, nodes: Array<
      | { words: string, nextDueAt: string | null, id: string, name: string, kind: TriggerKind, pausedAt: string | null, occurrences: { nodes: Array<{ dueAt: string, outcome: OccurrenceOutcome | null, reason: string | null, task: { id: string, status: TaskStatus } | null, trigger: { id: string } }> }, agent: { name: string } | null, tasks: { nodes: Array<{ id: string, status: TaskStatus }> } }
      | { urlPath: string, id: string, name: string, kind: TriggerKind, pausedAt: string | null, deliveries: { nodes: Array<{ verdict: DeliveryVerdict, duplicateOf: { id: string } | null, task: { id: string } | null }> }, agent: { name: string } | null, tasks: { nodes: Array<{ id: string, status: TaskStatus }> } }
    > } };

export type DeliveryPageQueryVariables = Exact<{ [key: string]: never; }>;


export type DeliveryPageQuery = { deliveries: { nodes: Array<
      | { id: string, verdict: DeliveryVerdict, reason: string | null, headers: unknown, trigger: { name: string }, task: { id: string, title: string, trigger:
            | { name: string }
            | { name: string }
           | null } | null }
      | { id: string, verdict: DeliveryVerdict, reason: string | null, headers: unknown, endpoint: { url: string }, tries: Array<{ number: number, status: number | null, error: string | null }>, task: { id: string, title: string, trigger:
            | { name: string }
            | { name: string }
           | null } }
    > }, webhookEndpoints: Array<{ id: string, deliveries: { nodes: Array<{ verdict: DeliveryVerdict, tries: Array<{ status: number | null }> }> } }> };

export type TaskPageQueryVariables = Exact<{ [key: string]: never; }>;


export type TaskPageQuery = { tasks: { totalCount: number, totalCountCapped: boolean, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, title: string, status: TaskStatus, reason: WaitingReason | null, agent: { name: string, isKnown: boolean } | null, parent: { id: string, title: string } | null, subtasks: Array<{ id: string }>, retries: Array<{ id: string }>, retryOf: { id: string } | null, trigger:
        | { name: string }
        | { name: string }
       | null, inputRequest: { id: string, question: string } | null, lastEvent: { nodes: Array<{ type: TaskEventType, at: string }> }, history: { nodes: Array<{ seq: number, type: TaskEventType, task: { id: string } }> }, runs: Array<{ number: number, outcome: RunOutcome | null, steps: Array<{ type: RunStepType }> }> }> } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const TriggerPageDocument = new TypedDocumentString(`
    query TriggerPage {
  triggers(first: 50) {
    totalCount
    nodes {
      id
      name
      kind
      pausedAt
      agent {
        name
      }
      tasks(first: 3) {
        nodes {
          id
          status
        }
      }
      ... on CronTrigger {
        words
        nextDueAt
        occurrences(first: 5) {
          nodes {
            dueAt
            outcome
            reason
            task {
              id
              status
            }
            trigger {
              id
            }
          }
        }
      }
      ... on WebhookTrigger {
        urlPath
        deliveries(first: 5) {
          nodes {
            verdict
            duplicateOf {
              id
            }
            task {
              id
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<TriggerPageQuery, TriggerPageQueryVariables>;
export const DeliveryPageDocument = new TypedDocumentString(`
    query DeliveryPage {
  deliveries(first: 50) {
    nodes {
      id
      verdict
      reason
      headers
      task {
        id
        title
        trigger {
          name
        }
      }
      ... on IncomingDelivery {
        trigger {
          name
        }
      }
      ... on OutgoingDelivery {
        endpoint {
          url
        }
        tries {
          number
          status
          error
        }
      }
    }
  }
  webhookEndpoints {
    id
    deliveries(first: 3) {
      nodes {
        verdict
        tries {
          status
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DeliveryPageQuery, DeliveryPageQueryVariables>;
export const TaskPageDocument = new TypedDocumentString(`
    query TaskPage {
  tasks(first: 50, filter: {agent: ["assistant"]}) {
    totalCount
    totalCountCapped
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      id
      title
      status
      reason
      agent {
        name
        isKnown
      }
      parent {
        id
        title
      }
      subtasks {
        id
      }
      retries {
        id
      }
      retryOf {
        id
      }
      trigger {
        name
      }
      inputRequest {
        id
        question
      }
      lastEvent: history(last: 1) {
        nodes {
          type
          at
        }
      }
      history(first: 3) {
        nodes {
          seq
          type
          task {
            id
          }
        }
      }
      runs {
        number
        outcome
        steps(first: 5) {
          type
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<TaskPageQuery, TaskPageQueryVariables>;