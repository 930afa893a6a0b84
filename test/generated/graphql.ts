/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What came of a delivery. PENDING, DELIVERED and CANCELLED only for those that go out. */
export type DeliveryVerdict =
  /** In: it made a task. */
  | 'ACCEPTED'
  /** Out: it is not tried any more, as its endpoint was switched off or deleted. */
  | 'CANCELLED'
  /** Out: the receiver took it. */
  | 'DELIVERED'
  /** In: it repeats an earlier one and made nothing. */
  | 'DUPLICATE'
  /** In: no task could be made of it. Out: it was given up. */
  | 'FAILED'
  /** In: the trigger's condition did not hold for it, or the trigger was paused. */
  | 'FILTERED'
  /** Out: it waits for its first or its next try. */
  | 'PENDING'
  /** In: it is on record and not decided yet. */
  | 'RECEIVED'
  /** In: its signature is wrong, or its body is too large or not what its type says. */
  | 'REFUSED';

/** What came of an occurrence. */
export type OccurrenceOutcome =
  /** No task: a template failed, or the agent is not known. */
  | 'FAILED'
  /** A task was made. */
  | 'FIRED'
  /** No task: the check said that nothing changed. */
  | 'REFUSED'
  /** No task: another was not final yet, or it was not made up after an outage. */
  | 'SKIPPED';

/** How a run ended. */
export type RunOutcome =
  /** It asked a question; the answer brings the next run. */
  | 'ASKED'
  /** The task was cancelled under it. */
  | 'CANCELLED'
  /** The task was completed. */
  | 'COMPLETED'
  /** The task failed. */
  | 'FAILED'
  /** Its worker died, hung or was cut off. */
  | 'LEASE_LOST'
  /** Its worker shut down and gave the task back. */
  | 'RELEASED'
  /** It failed, and another run will try. */
  | 'RETRY';

/** What an agent did in a step; the shape of the step's `data` follows from it. */
export type RunStepType =
  /** A person's answer reached the agent: `{ inputRequestId, question, answer }`. */
  | 'ANSWER'
  /** A whole answer of the model: `{ text, toolCalls, finishReason, usage }`. */
  | 'ASSISTANT'
  /** A piece of an answer that is being written: `{ text }`. The ASSISTANT step says the whole of it. */
  | 'TEXT'
  /** A tool call begins: `{ toolCallId, name }`. */
  | 'TOOL_CALL'
  /** A tool call is over: `{ toolCallId, name, content, isError, code }`. */
  | 'TOOL_RESULT';

/** What happened to a task. Those that begin with TASK move it or change it; those with RUN tell of a try. */
export type TaskEventType =
  /** A run lost its lease: its worker died, hung or was cut off. */
  | 'RUN_LEASE_LOST'
  /** A run gave the task back unfinished: its worker shut down, or could not go on with it. */
  | 'RUN_RELEASED'
  /** A run failed and another will try; `data` has the error and the wait in milliseconds. */
  | 'RUN_RETRY_SCHEDULED'
  /** A further run took it up, after an answer, a failed run or a lost one. */
  | 'RUN_STARTED'
  /** It was stopped. */
  | 'TASK_CANCELLED'
  /** It was done. */
  | 'TASK_COMPLETED'
  /** It was made. */
  | 'TASK_CREATED'
  /** It was given up; `data` has the code and the message. */
  | 'TASK_FAILED'
  /** The question was answered; `data` has the answer. */
  | 'TASK_INPUT_PROVIDED'
  /** It asks a question; `data` has it. */
  | 'TASK_INPUT_REQUESTED'
  /** Somebody took it up. */
  | 'TASK_STARTED'
  /** What it says was changed; `data` has each field before and after. */
  | 'TASK_UPDATED';

/** Where a task stands. COMPLETED, FAILED and CANCELLED are final. */
export type TaskStatus =
  /** Stopped by a person or the API. */
  | 'CANCELLED'
  /** Done; `result` says what came of it. */
  | 'COMPLETED'
  /** Given up; `error` says why. */
  | 'FAILED'
  /** Being worked on, or waiting for its next run. */
  | 'IN_PROGRESS'
  /** Paused: a person has to answer a question first (see `inputRequest`). */
  | 'NEEDS_INPUT'
  /** Created, waiting to be picked up. */
  | 'PENDING';

/** What sets a trigger off. */
export type TriggerKind =
  /** The clock, by a cron expression in a time zone. */
  | 'CRON'
  /** A call of `POST /webhooks/<path>`. */
  | 'WEBHOOK';

/** Why a task is not being worked on at this moment. */
export type WaitingReason =
  /** Its agent is no longer configured. */
  | 'AGENT_UNKNOWN'
  /** Its worker died or was cut off; the next free one takes it up. */
  | 'LEASE_LOST'
  /** Its `notBefore` lies ahead. */
  | 'NOT_BEFORE'
  /** It has no agent: it waits for whoever takes it with `startTask`. */
  | 'TRACKED'
  /** A person has to answer its question. */
  | 'WAITING_FOR_INPUT'
  /** A run failed; the next one comes at `notBefore`. */
  | 'WAITING_FOR_RETRY'
  /** It may run; no worker has a free slot, or none is alive (see `workers`). */
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