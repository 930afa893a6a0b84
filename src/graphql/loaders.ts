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

/** More than these are read in several statements. */
const options = { maxBatchSize: 1_000 };

/** Models that rows name by an id without a foreign key, so that Prisma knows no relation. */
type NamedModel = 'delivery' | 'task';
type ShapeOf<Name extends NamedModel> = Models[Capitalize<Name>]['Shape'];

/**
 * What is read beside the plugin's own queries, one statement for all that ask in a level: what is hot by SQL (tasks of
 * streams, open questions, the history), and rows that are named by an id alone through Prisma, with what is selected
 * beneath them.
 */
export interface Loaders {
  readonly task: DataLoader<string, Task | undefined>;
  readonly event: DataLoader<{ taskId: string; seq: number }, TaskEvent | undefined, string>;
  readonly question: DataLoader<string, InputRequest | undefined>;
  /** Tasks whose history is asked for by the same page share a statement. */
  history(taskId: string, page: HistoryPage): Promise<readonly TaskEvent[]>;
  /** A row by its id; `query` is what the plugin selects beneath it. Null where there is none. */
  named<Name extends NamedModel>(model: Name, id: string, query: object): Promise<ShapeOf<Name> | null>;
  /** The present on the database's clock, read once. */
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
  /** One loader for each thing that is asked of many ids: what differs in it cannot share a statement. */
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
