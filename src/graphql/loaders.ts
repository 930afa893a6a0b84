import DataLoader from 'dataloader';
import type { TaskEvent } from '../domain/events.ts';
import type { InputRequest } from '../domain/input-request.ts';
import type { Caller } from '../domain/permissions.ts';
import type { Task } from '../domain/task.ts';
import { presentTime, tasksById } from '../tasks/queries/by-id.ts';
import { eventsByPlace, type HistoryPage, historiesOf } from '../tasks/queries/history.ts';
import { questionsById } from '../tasks/queries/questions.ts';
import type { Models } from './models.ts';
import type { Reader } from './reader.ts';
import type { Services } from './services.ts';

/** More keys than this are read in several statements. */
const options = { maxBatchSize: 1_000 };

/** Models that rows refer to by an id without a foreign key, so that Prisma has no relation. */
type NamedModel = 'delivery' | 'task';
type ShapeOf<Name extends NamedModel> = Models[Capitalize<Name>]['Shape'];

/**
 * What is read in addition to the plugin's own queries, in one statement for all requests of a level. Frequent reads use
 * SQL: tasks of streams, open questions, the history. Rows that are referred to by an id alone are read through Prisma,
 * with the fields that are selected beneath them.
 */
export interface Loaders {
  readonly task: DataLoader<string, Task | undefined>;
  readonly event: DataLoader<{ taskId: string; seq: number }, TaskEvent | undefined, string>;
  readonly question: DataLoader<string, InputRequest | undefined>;
  /** Tasks for which the same page of history is requested share a statement. */
  history(taskId: string, page: HistoryPage): Promise<readonly TaskEvent[]>;
  /** A row by its id; `query` is what the plugin selects beneath it. Null: no row has this id. */
  named<Name extends NamedModel>(model: Name, id: string, query: object): Promise<ShapeOf<Name> | null>;
  /** The current time of the database's clock, read once. */
  now(): Promise<Date>;
}

export interface LoaderParts {
  readonly services: Services;
  readonly caller: Caller;
  readonly reader: Reader;
}

export function createLoaders({ services, caller, reader }: LoaderParts): Loaders {
  const alike = new Map<string, DataLoader<string, unknown>>();
  let now: Promise<Date> | undefined;
  /** One loader per key: only requests with the same key can share a statement. */
  function loadAlike<Value>(
    key: string,
    id: string,
    load: (ids: readonly string[]) => Promise<readonly Value[]>,
  ): Promise<Value> {
    const loader = (alike.get(key) ?? new DataLoader(load, options)) as DataLoader<string, Value>;
    alike.set(key, loader);
    return loader.load(id);
  }
  async function rowsById(model: NamedModel, ids: readonly string[], query: object) {
    const rows: { readonly id: string }[] = await reader[model as 'task'].findMany({
      ...query,
      where: { id: { in: [...ids] } },
    });
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  }
  return {
    task: new DataLoader((ids) => tasksById(services, caller, ids), options),
    event: new DataLoader((places) => eventsByPlace(services, caller, places), {
      ...options,
      cacheKeyFn: (place) => `${place.taskId} ${place.seq}`,
    }),
    question: new DataLoader((ids) => questionsById(services, caller, ids), options),
    history: (taskId, page) =>
      loadAlike(
        `history ${page.after} ${page.before} ${page.limit} ${page.fromEnd} ${page.upTo}`,
        taskId,
        (taskIds) => historiesOf(services, caller, { taskIds, page }),
      ),
    named: (model, id, query) =>
      loadAlike(`${model} ${JSON.stringify(query)}`, id, (ids) =>
        rowsById(model, ids, query),
      ) as Promise<never>,
    now: () => {
      now ??= presentTime(services);
      return now;
    },
  };
}
