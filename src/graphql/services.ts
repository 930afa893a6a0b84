import type pg from 'pg';
import type { Log } from '../core/log.ts';
import type { TriggerServices } from '../deliveries/use-cases.ts';
import type { Actor } from '../domain/actor.ts';
import type { Caller, Role } from '../domain/permissions.ts';
import type { KeySource } from '../domain/source.ts';
import type { EventLog } from '../streams/log/event-log.ts';
import type { TaskContext } from '../tasks/context.ts';

/** An API key as it is shown: never its secret. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly kind: 'person' | 'service';
  readonly sources: readonly KeySource[];
  readonly createdBy: Actor;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface CreateApiKeyInput {
  readonly name: string;
  readonly role: Role;
  readonly kind?: 'person' | 'service';
  readonly sources?: KeySource[];
  readonly expiresAt?: Date;
}

/** The use-cases of keys, each throwing `Refusal`. */
export interface KeyUseCases {
  create(caller: Caller, input: CreateApiKeyInput): Promise<{ apiKey: ApiKey; secret: string }>;
  list(caller: Caller): Promise<readonly ApiKey[]>;
  revoke(caller: Caller, input: { id: string }): Promise<ApiKey>;
}

/** An agent of the configuration, as it is shown. */
export interface ShownAgent {
  readonly name: string;
  readonly model: string | null;
  readonly tools: readonly string[];
  /** True when the demo model answers for it. */
  readonly isDemo: boolean;
  /** False for a name that a task still carries and the configuration no longer has. */
  readonly isKnown: boolean;
}

/** What the API stands on; `app.ts` joins it. */
export interface Services extends TriggerServices {
  readonly pool: pg.Pool;
  readonly tasks: TaskContext;
  readonly log: EventLog;
  readonly agents: {
    get(name: string): ShownAgent | undefined;
    all(): readonly ShownAgent[];
  };
  readonly keys: KeyUseCases;
  /** A worker seen within this time is alive. */
  readonly workerAliveMs: number;
  /** Hears of new steps of a task's runs; gives back the way to stop. */
  readonly onSteps: (taskId: string, listener: () => void) => () => void;
  /** Calls `onEnd` once when the caller's key is revoked or expires; gives back the way to stop. */
  readonly watchKey: (caller: Caller, onEnd: (reason: string) => void) => () => void;
  readonly logger: Log;
}
