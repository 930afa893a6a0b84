import { mustBeAllowed } from '../domain/authorize.ts';
import type { Action, Caller } from '../domain/permissions.ts';
import type { Models, ShownModel } from './models.ts';

/** The permission to read each model. A model that is not listed here cannot be read. */
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

/** The query of a list. The plugin writes the selection. */
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
 * The read-only client for one caller. Every list, every separately loaded relation and every node is read through it,
 * so that no permission check can be forgotten. Throws `FORBIDDEN` if a model is read without its permission.
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
