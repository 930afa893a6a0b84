import type { Step } from '../../domain/messages.ts';
import type { Caller } from '../../domain/permissions.ts';
import type { ModelMessage } from '../model/port.ts';
import type { Conversation } from '../record/conversation.ts';
import type { SettledOutcome } from './outcome.ts';

type WorkKind = 'task_run';

/** Why a unit is given back unfinished. */
export type ReleaseReason = 'shutdown' | 'agent_unknown' | 'not_alone' | 'database_away';

/** The identity of a unit, and of the lease under which it is executed. */
export interface LeasedUnit {
  readonly kind: WorkKind;
  /** What the lease is on: one unit with this id is executed at a time. Unique across all kinds. */
  readonly id: string;
  /** This execution of it; every claim gives a new one. */
  readonly attemptId: string;
  /** Counts the executions, from 1. */
  readonly attempt: number;
  /** The fencing token of the lease: every write below is refused once the lease is lost. */
  readonly token: bigint;
}

/**
 * A unit of work that one worker holds under a lease: at present a run of a task. Claimer, leases and worker use the
 * first part, the loop the second. Every write gives false, and changes nothing, when the lease is lost.
 */
export interface WorkUnit extends LeasedUnit {
  /** The name of the agent that executes it. */
  readonly agent: string;
  /** The task that the agent works on; its tools may end the unit by moving that task. Undefined where there is none. */
  readonly ownTaskId: string | undefined;

  /** Whom the unit acts for, read again at each call: a key may have been revoked. Throws `Refusal`. */
  caller(): Promise<Caller>;
  /** Stores how it ended. */
  settle(outcome: SettledOutcome): Promise<boolean>;
  /** Gives it back unfinished; this counts as no attempt. */
  release(reason: ReleaseReason): Promise<boolean>;

  /** What earlier attempts recorded, and the answers that came since. */
  past(): Promise<Past>;
  /** The messages of the next model call: what the agent has to know at this moment, and the conversation so far. */
  messages(system: string, conversation: Conversation): Promise<readonly ModelMessage[]>;
  /** Appends steps to the record; `firstSeq` continues from this attempt's last step, from 1. Safe to repeat. */
  append(firstSeq: number, steps: readonly Step[], signal: AbortSignal): Promise<boolean>;
  /** The attempt has stored a whole step, so leases lost before it are not the unit's fault. */
  progressed(): Promise<void>;
}

/** A person's answer to a question that the agent or somebody else asked. */
export interface Answer {
  readonly inputRequestId: string;
  readonly question: string;
  readonly answer: unknown;
  /** True when the system answered because nobody did in time. */
  readonly isTimedOut: boolean;
}

/** Where an attempt continues from. */
export interface Past {
  readonly conversation: Conversation;
  /** Answers by the id of the tool call that asked. */
  readonly answers: ReadonlyMap<string, Answer>;
  /** Answers to questions that no tool call asked and that the model has not been sent yet, oldest first. */
  readonly unsent: readonly Answer[];
}

export interface ClaimRequest {
  /** The agents that this worker knows. */
  readonly agents: readonly string[];
  readonly workerId: string;
  readonly leaseMs: number;
  /** At most this many units are taken. */
  readonly slots: number;
  /** True: take only a unit that must run alone. False: only units that need not. */
  readonly alone: boolean;
}

interface Claimed {
  readonly units: readonly WorkUnit[];
  /** Ids of units that lost too many leases: the claim has failed them instead of giving them out. */
  readonly poisoned: readonly string[];
}

/** A claim, prepared so that what it takes can be found even when its answer is lost. */
export interface Claim {
  /** Sends it. After a failure it may have been made all the same. */
  send(): Promise<Claimed>;
  /** The units that it took and that are still under the lease it gave them. */
  taken(): Promise<readonly WorkUnit[]>;
}

/** Where units come from: what the claimer and the leases need of all units together. */
export interface WorkSource {
  /** One claim takes this many units at most. */
  readonly maxClaim: number;
  prepareClaim(request: ClaimRequest): Claim;
  /** True when a unit waits that must run alone. */
  isSuspectWaiting(agents: readonly string[]): Promise<boolean>;
  /** Extends the leases that are still held, all in one statement; gives the ids of the units whose lease is lost. */
  renew(units: readonly LeasedUnit[], leaseMs: number): Promise<ReadonlySet<string>>;
}

/** Somebody else ended a unit, or took it over: a worker that still executes it must stop. */
export interface Revocation {
  readonly unitId: string;
  /** The attempt that lost its lease; null: whichever attempt is under way. */
  readonly attemptId: string | null;
  readonly cause: 'moved' | 'lease_lost';
}

/** How a unit is named in the log. */
export function logFieldsOf({ kind, id, attempt }: LeasedUnit): Record<string, unknown> {
  return { kind, unitId: id, attempt };
}
