import { MongoChangeStreamNotificationChannel, MongoJobRepository } from '@agendajs/mongo-backend';
import type { AgendaBackend, NotificationChannel } from 'agenda';
import { type Collection, type Db, MongoClient, MongoServerError } from 'mongodb';
import { messageOf, StartError } from '../../core/errors.ts';
import type { JobName } from '../catalogue.ts';
import type { JobData, JobStore, Recurrence, WakeUp } from './store.ts';

const COLLECTION = 'agendaJobs';
/** Agenda would wait 30 s for a server that is away; its poll comes again soon enough. */
const ANSWER_MS = 3_000;
const DUPLICATE_KEY = 11000;
/** The oplog no longer holds what the stream was to go on from: begin anew, the poll finds what was missed. */
const CANNOT_RESUME = [280, 286];
const PUT_TRIES = 20;

/** Agenda's document, as far as we write it. */
interface Row {
  name: string;
  type: 'normal';
  priority: number;
  nextRunAt: Date | null;
  lockedAt: Date | null;
  lastModifiedBy?: string | null;
  data: JobData;
  /** Set while a row may be the pending one of its key; unique. Agenda leaves it alone. */
  pendingKey?: string;
  /** Set on recurrences; unique. */
  recurrenceKey?: string;
  repeatInterval?: string;
  repeatTimezone?: string;
}

export class MongoStore implements JobStore {
  readonly #client: MongoClient;
  readonly #db: Db;
  readonly #rows: Collection<Row>;
  readonly #onError: (error: Error) => void;
  #replicaSet = false;

  /** `url` may name a database (`errand` otherwise). Throws `StartError` for a URL that cannot be read. */
  constructor(url: string, onError: (error: Error) => void) {
    this.#onError = onError;
    this.#client = connectLater(url);
    this.#client.on('error', onError);
    this.#db = this.#client.db(/^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(url)?.[1] ?? 'errand');
    this.#rows = this.#db.collection<Row>(COLLECTION);
  }

  async prepare(): Promise<void> {
    const hello = await this.#db.admin().command({ hello: 1 });
    // Change streams need a replica set (or a router in front of some); without one Agenda polls.
    this.#replicaSet = hello['setName'] !== undefined || hello['msg'] === 'isdbgrid';
    await new MongoJobRepository({
      mongo: this.#db,
      db: { collection: COLLECTION },
      ensureIndex: true,
    }).connect();
    await this.#rows.createIndex({ pendingKey: 1 }, { name: 'onePendingAKey', unique: true, sparse: true });
    await this.#rows.createIndex(
      { recurrenceKey: 1 },
      { name: 'oneRecurrenceAKey', unique: true, sparse: true },
    );
  }

  async ping(): Promise<void> {
    await this.#db.command({ ping: 1 });
  }

  backend(): AgendaBackend {
    const repository = new MongoJobRepository({
      mongo: this.#db,
      db: { collection: COLLECTION },
      ensureIndex: false,
    });
    return {
      name: 'MongoDB',
      ownsConnection: false,
      repository,
      notificationChannel: this.#replicaSet ? this.#changes() : undefined,
      connect: () => repository.connect(),
      disconnect: async () => undefined,
    };
  }

  #changes(): NotificationChannel {
    const channel = new MongoChangeStreamNotificationChannel({ db: this.#db, collection: COLLECTION });
    channel.on('error', (error: Error) => {
      if (error instanceof MongoServerError && CANNOT_RESUME.includes(Number(error.code))) {
        Reflect.set(channel, 'resumeToken', undefined);
      }
      this.#onError(error);
    });
    return channel;
  }

  /**
   * A locked row keeps its `pendingKey` until another wake-up wants it: the unique index refuses the second row, the
   * key is taken from the first, and the second try succeeds.
   */
  async put({ job, data, at, meeting }: WakeUp): Promise<void> {
    const pendingKey = keyOf(job, data.key);
    if (meeting === 'replace') {
      // One that a process holds until its moment comes: without its row it does not start.
      await this.#rows.deleteMany({
        ...single(job, data.key),
        lockedAt: { $ne: null },
        nextRunAt: { $ne: null },
      });
    }
    for (let tries = 1; ; tries += 1) {
      try {
        const pending = { pendingKey, lockedAt: null, nextRunAt: { $ne: null } };
        const always = { name: job, type: 'normal', priority: 0 } as const;
        const update =
          meeting === 'earliest'
            ? { $min: { nextRunAt: at }, $setOnInsert: { ...always, data } }
            : { $set: { nextRunAt: at, data }, $setOnInsert: always };
        await this.#rows.updateOne(pending, update, { upsert: true });
        return;
      } catch (error) {
        if (!isDuplicate(error) || tries === PUT_TRIES) throw error;
        await this.#rows.updateMany(
          { pendingKey, $or: [{ lockedAt: { $ne: null } }, { nextRunAt: null }] },
          { $unset: { pendingKey: true } },
        );
      }
    }
  }

  async putRecurrence({ job, data, schedule }: Recurrence): Promise<void> {
    const recurrenceKey = keyOf(job, data.key);
    const nextRunAt = schedule.next(new Date());
    const terms = { repeatInterval: schedule.interval, repeatTimezone: schedule.timezone };
    // A moment that has passed stays, and is made up once. `$min` also mends what a finishing run of the old schedule wrote.
    const same = await this.#rows.updateOne(
      { recurrenceKey, ...terms },
      { $min: { nextRunAt }, $set: { data } },
    );
    if (same.matchedCount === 1) return;
    const change = {
      $set: { ...terms, nextRunAt, data },
      $setOnInsert: { name: job, type: 'normal', priority: 0, lockedAt: null } as const,
    };
    await this.#rows.updateOne({ recurrenceKey }, change, { upsert: true }).catch((error: unknown) => {
      // Another process has just written the same.
      if (!isDuplicate(error)) throw error;
    });
  }

  async remove(job: JobName, key: string): Promise<void> {
    await this.#rows.deleteMany({ ...single(job, key), nextRunAt: { $ne: null } });
    await this.#rows.deleteMany({ recurrenceKey: keyOf(job, key) });
  }

  async release(owner: string): Promise<void> {
    await this.#rows.deleteMany({
      lastModifiedBy: owner,
      nextRunAt: null,
      recurrenceKey: { $exists: false },
    });
    await this.#rows.updateMany(
      { lastModifiedBy: owner, lockedAt: { $ne: null } },
      { $set: { lockedAt: null } },
    );
  }

  async close(): Promise<void> {
    await this.#client.close(true);
  }
}

function keyOf(job: JobName, key: string): string {
  return `${job} ${key}`;
}

function single(
  job: JobName,
  key: string,
): { name: string; 'data.key': string; recurrenceKey: { $exists: false } } {
  return { name: job, 'data.key': key, recurrenceKey: { $exists: false } };
}

function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}

function connectLater(url: string): MongoClient {
  try {
    return new MongoClient(url, {
      appName: 'errand agenda',
      maxPoolSize: 5,
      serverSelectionTimeoutMS: ANSWER_MS,
      connectTimeoutMS: ANSWER_MS,
      // Longer than a change stream waits for news; a half-open connection is given up.
      socketTimeoutMS: 30_000,
      waitQueueTimeoutMS: ANSWER_MS,
    });
  } catch (error) {
    throw new StartError(
      `MONGODB_URL cannot be read (${messageOf(error)}); expected mongodb://host:port/database`,
    );
  }
}
