import { PostgresJobRepository } from '@agendajs/postgres-backend';
import { type AgendaBackend, toJobId } from 'agenda';
import type { Pool } from 'pg';
import { PostgresChannel } from './postgres-channel.ts';
import type { JobStore, Recurrence, WakeUp } from './store.ts';

/** Raise the number when `#createTables` changes; it is stored in the table's comment. */
const LAYOUT = 'errand: @agendajs/postgres-backend 3.0.6, layout 1';

/** One pending row per key (`store.ts` explains why a locked row does not count), and one recurrence per key. */
const INDEXES = [
  `create unique index if not exists agenda_jobs_pending on agenda_jobs (name, (data->>'key'))
     where repeat_interval is null and locked_at is null and next_run_at is not null`,
  `create unique index if not exists agenda_jobs_recurrence on agenda_jobs (name, (data->>'key'))
     where repeat_interval is not null`,
];

/** Attempts to give a row back when wake-ups arrive in between; after that the lock has to expire. */
const GIVE_BACK_TRIES = 10;

const PUT = {
  earliest: 'least(agenda_jobs.next_run_at, excluded.next_run_at), data = agenda_jobs.data',
  replace: 'excluded.next_run_at, data = excluded.data',
} as const;

/** The migration lock: only one process at a time creates the table. */
export type WithLock = <T>(action: () => Promise<T>) => Promise<T>;

export class PostgresStore implements JobStore {
  readonly #pool: Pool;
  readonly #withLock: WithLock;
  readonly #channel: PostgresChannel;
  readonly #onError: (error: Error) => void;

  /** `pool` has `search_path=agenda` and bounded waits; its owner closes it. `onError` gets every lost connection. */
  constructor(pool: Pool, withLock: WithLock, onError: (error: Error) => void) {
    this.#pool = pool;
    this.#withLock = withLock;
    this.#onError = onError;
    // Without these listeners a lost connection would end the process.
    pool.on('error', onError);
    this.#channel = new PostgresChannel(pool);
    this.#channel.on('error', onError);
  }

  async prepare(): Promise<void> {
    if ((await this.#layout()) === LAYOUT) return;
    await this.#withLock(async () => {
      if ((await this.#layout()) !== LAYOUT) await this.#createTables();
    });
  }

  async #layout(): Promise<string | null> {
    const found = await this.#pool.query<{ layout: string | null }>(
      `select obj_description(to_regclass('agenda.agenda_jobs'), 'pg_class') as layout`,
    );
    return found.rows[0]?.layout ?? null;
  }

  async #createTables(): Promise<void> {
    await this.#pool.query('create schema if not exists agenda');
    await new PostgresJobRepository({ pool: this.#pool, ensureSchema: true }).connect();
    for (const index of INDEXES) await this.#pool.query(index);
    await this.#pool.query(`comment on table agenda_jobs is '${LAYOUT}'`);
  }

  async ping(): Promise<void> {
    await this.#pool.query('select 1');
  }

  backend(): AgendaBackend {
    const repository = new PostgresJobRepository({ pool: this.#pool, ensureSchema: false });
    repository.unlockJobs = (ids) => this.#unlock('id = any($1::uuid[])', [ids]);
    repository.unlockJob = (job) => this.#unlock('id = $1::uuid and next_run_at is not null', [job._id]);
    return {
      name: 'PostgreSQL',
      ownsConnection: false,
      repository,
      notificationChannel: this.#channel,
      connect: async () => undefined,
      disconnect: async () => undefined,
    };
  }

  async put({ job, data, at, meeting }: WakeUp): Promise<void> {
    if (meeting === 'replace') {
      // A row that a process has locked until its moment: without the row the job does not start.
      await this.#pool.query(
        `delete from agenda_jobs where name = $1 and data->>'key' = $2
           and repeat_interval is null and locked_at is not null and next_run_at is not null`,
        [job, data.key],
      );
    }
    await this.#pool.query(
      `insert into agenda_jobs (name, type, next_run_at, data) values ($1, 'normal', $2, $3)
       on conflict (name, (data->>'key'))
         where repeat_interval is null and locked_at is null and next_run_at is not null
       do update set next_run_at = ${PUT[meeting]}`,
      [job, at, JSON.stringify(data)],
    );
    await this.#channel.publish({
      jobId: toJobId(''),
      jobName: job,
      nextRunAt: at,
      priority: 0,
      timestamp: at,
    });
  }

  async putRecurrence({ job, data, everyMs }: Recurrence): Promise<void> {
    // A missed moment stays and is made up once. `least` also corrects what a finishing run of the old schedule wrote.
    await this.#pool.query(
      `insert into agenda_jobs (name, type, next_run_at, data, repeat_interval, repeat_timezone)
       values ($1, 'normal', $2, $3, $4, $5)
       on conflict (name, (data->>'key')) where repeat_interval is not null
       do update set
         next_run_at = case
           when agenda_jobs.repeat_interval = excluded.repeat_interval
            and agenda_jobs.repeat_timezone = excluded.repeat_timezone
           then least(agenda_jobs.next_run_at, excluded.next_run_at)
           else excluded.next_run_at end,
         data = excluded.data,
         repeat_interval = excluded.repeat_interval,
         repeat_timezone = excluded.repeat_timezone`,
      [job, new Date(Date.now() + everyMs), JSON.stringify(data), String(everyMs), 'UTC'],
    );
  }

  async release(owner: string): Promise<void> {
    await this.#pool.query(
      `delete from agenda_jobs where last_modified_by = $1 and next_run_at is null and repeat_interval is null`,
      [owner],
    );
    await this.#unlock('last_modified_by = $1', [owner]);
  }

  async sweep(): Promise<void> {
    await this.#pool.query(
      'delete from agenda_jobs where next_run_at is null and locked_at is null and repeat_interval is null',
    );
  }

  /** Unlocks rows. Never rejects, because Agenda does not await it. */
  async #unlock(condition: string, parameters: readonly unknown[]): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#giveBack(condition, parameters);
      } catch (error) {
        // A wake-up arrived in between and its row is now the pending one: the next attempt finds it as the twin.
        if (isDuplicate(error) && tries < GIVE_BACK_TRIES) continue;
        return this.#onError(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  /** Deletes a row if its key has another pending one; the other rows become pending again. */
  async #giveBack(condition: string, parameters: readonly unknown[]): Promise<void> {
    await this.#pool.query(
      `delete from agenda_jobs mine where ${condition} and repeat_interval is null and locked_at is not null
         and exists (select 1 from agenda_jobs twin where twin.name = mine.name
           and twin.data->>'key' = mine.data->>'key' and twin.repeat_interval is null and twin.next_run_at is not null
           and (twin.locked_at is null or (twin.last_modified_by = mine.last_modified_by and twin.id < mine.id)))`,
      [...parameters],
    );
    await this.#pool.query(
      `update agenda_jobs set locked_at = null where ${condition} and locked_at is not null`,
      [...parameters],
    );
  }

  async close(): Promise<void> {
    await this.#channel.disconnect();
    this.#pool.off('error', this.#onError);
  }
}

/** True for a unique violation. */
function isDuplicate(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === '23505';
}
