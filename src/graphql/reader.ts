import type { Action, Caller } from '../domain/permissions.ts';
import { mustBeAllowed } from '../tasks/rules.ts';
import type { Models, ShownModel } from './models.ts';

/** What a caller must be allowed to read each model; a model that is not named here cannot be read at all. */
const RIGHTS = {
  ApiKey: 'key.manage',
  Delivery: 'task.read',
  DeliveryAttempt: 'task.read',
  InputRequest: 'task.read',
  Occurrence: 'task.read',
  Run: 'task.read',
  Task: 'task.read',
  Trigger: 'task.read',
  WebhookEndpoint: 'task.read',
  Worker: 'task.read',
} as const satisfies Record<ShownModel, Action>;

/** What a list may ask for besides the selection, which the plugin writes. */
interface ListQuery<Name extends ShownModel> {
  readonly where?: Models[Name]['Where'];
  readonly orderBy?: readonly Models[Name]['OrderBy'][];
  readonly take?: number;
  readonly select?: unknown;
  readonly include?: unknown;
}

interface OneQuery<Name extends ShownModel> extends Omit<ListQuery<Name>, 'where' | 'orderBy' | 'take'> {
  readonly where: Models[Name]['WhereUnique'];
}

/** The reading half of a model's Prisma delegate, in the domain's types. */
interface Delegate<Name extends ShownModel> {
  findMany(query: ListQuery<Name>): Promise<Models[Name]['Shape'][]>;
  findUnique(query: OneQuery<Name>): Promise<Models[Name]['Shape'] | null>;
  count(query: Pick<ListQuery<Name>, 'where'>): Promise<number>;
}

/** Everything that Prisma reads for one caller. */
export type Reader = { readonly [Name in ShownModel as Uncapitalize<Name>]: Delegate<Name> };

/** The read-only client of Prisma, in its own types. */
export type ReadClient = Readonly<Record<keyof Reader, unknown>>;

/**
 * The read-only client as one caller may use it: every list, every relation that is loaded apart and every node goes
 * through here, so that none can forget to ask. Throws `FORBIDDEN` when a model is touched without the right.
 */
export function readerFor(client: ReadClient, caller: Caller): Reader {
  const reader = {};
  for (const [model, right] of Object.entries(RIGHTS)) {
    const name = `${model.charAt(0).toLowerCase()}${model.slice(1)}`;
    Object.defineProperty(reader, name, {
      get: () => {
        mustBeAllowed(caller, right);
        return client[name as keyof Reader];
      },
    });
  }
  return reader as Reader;
}
