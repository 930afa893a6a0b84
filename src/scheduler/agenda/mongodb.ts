import { createHash } from 'node:crypto';
import { MongoChangeStreamNotificationChannel, MongoJobRepository } from '@agendajs/mongo-backend';
import type { AgendaBackend, NotificationChannel } from 'agenda';
import { MongoServerError, ObjectId } from 'mongodb';
import type { JobName } from '../catalogue.ts';
import { COLLECTION, type JobRow, MongoConnection } from './mongodb-connection.ts';
import type { JobStore, Recurrence, WakeUp } from './store.ts';

/** The oplog no longer contains the resume point: the stream restarts, and the poll finds what was missed. */
const CANNOT_RESUME = [280, 286];
const DUPLICATE_KEY = 11000;
const SETTLE_TRIES = 10;

const PENDING = { repeatInterval: null, lockedAt: null, nextRunAt: { $ne: null } } as const;
const NOT_STARTED = { repeatInterval: null, nextRunAt: { $ne: null } } as const;
const NEW_ROW = { type: 'normal', priority: 0, lockedAt: null, rung: 0 } as const;

export class MongoStore implements JobStore {
  readonly #connection: MongoConnection;
  readonly #onError: (error: Error) => void;
  #replicaSet = false;

  /** `url` may name a database (default: `errand`). Throws `StartError` for an invalid URL. */
  constructor(url: string, onError: (error: Error) => void) {
    this.#onError = onError;
    this.#connection = new MongoConnection(url, onError);
  }

  async prepare(): Promise<void> {
    const db = await this.#connection.connect();
    const hello = await db.admin().command({ hello: 1 });
    // Change streams need a replica set or a sharded cluster; without one Agenda polls.
    this.#replicaSet = hello['setName'] !== undefined || hello['msg'] === 'isdbgrid';
    await new MongoJobRepository({ mongo: db, db: { collection: COLLECTION }, ensureIndex: true }).connect();
    await this.#connection.rows.createIndex({ name: 1, 'data.key': 1 }, { name: 'wakeUpKey' });
  }

  async ping(): Promise<void> {
    await this.#connection.db.command({ ping: 1 });
  }

  backend(): AgendaBackend {
    const { db } = this.#connection;
    const repository = new MongoJobRepository({
      mongo: db,
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
    const channel = new MongoChangeStreamNotificationChannel({
      db: this.#connection.db,
      collection: COLLECTION,
    });
    channel.on('error', (error: Error) => {
      if (error instanceof MongoServerError && CANNOT_RESUME.includes(Number(error.code))) {
        Reflect.set(channel, 'resumeToken', undefined);
      }
      this.#onError(error);
    });
    return channel;
  }

  async put({ job, data, at, meeting }: WakeUp): Promise<void> {
    const { rows } = this.#connection;
    const key = { name: job, 'data.key': data.key };
    if (meeting === 'replace') {
      // Also a row that a process has locked until its moment: without the row the job does not start.
      await rows.deleteMany({ ...key, ...NOT_STARTED });
    } else {
      const met = await rows.updateOne(
        { ...key, ...PENDING },
        { $min: { nextRunAt: at }, $inc: { rung: 1 } },
      );
      if (met.matchedCount === 1) return;
    }
    await rows.insertOne({ _id: new ObjectId(), name: job, ...NEW_ROW, nextRunAt: at, data });
    for (let tries = 0; tries < SETTLE_TRIES; tries += 1)
      if (await this.#settled(job, data.key, meeting)) return;
  }

  /**
   * True if the key has at most one pending row. Others may have been inserted at the same moment: a unique index that
   * depends on the lock is not available on every server with this protocol.
   *
   * One row is kept, the others are deleted, and no wake-up is lost. Each wake-up into a row, and each time it is kept,
   * raises its `rung`. A row is deleted only if its `rung` has not changed since it was read, and if another row was
   * still pending afterwards. The run of that row begins after every wake-up that the deleted row had received.
   */
  async #settled(job: JobName, key: string, meeting: WakeUp['meeting']): Promise<boolean> {
    const { rows } = this.#connection;
    const pending = await rows
      .find({ name: job, 'data.key': key, ...PENDING })
      .sort({ _id: meeting === 'replace' ? -1 : 1 })
      .toArray();
    const [kept, ...rest] = pending;
    if (kept === undefined || rest.length === 0) return true;
    const earliest = pending.reduce(
      (least, row) => (row.nextRunAt && row.nextRunAt < least ? row.nextRunAt : least),
      kept.nextRunAt ?? new Date(),
    );
    const nextRunAt = meeting === 'replace' ? {} : { $min: { nextRunAt: earliest } };
    const stands = await rows.updateOne({ _id: kept._id, ...PENDING }, { ...nextRunAt, $inc: { rung: 1 } });
    if (stands.matchedCount === 0) return false;
    for (const { _id, rung } of rest) await rows.deleteOne({ _id, rung, ...PENDING });
    return false;
  }

  async putRecurrence({ job, data, everyMs }: Recurrence): Promise<void> {
    const { rows } = this.#connection;
    const _id = recurrenceId(job, data.key);
    const nextRunAt = new Date(Date.now() + everyMs);
    const terms = { repeatInterval: String(everyMs), repeatTimezone: 'UTC' };
    // A missed moment stays and is made up once. `$min` also corrects what a finishing run of the old schedule wrote.
    const same = await rows.updateOne({ _id, ...terms }, { $min: { nextRunAt }, $set: { data } });
    if (same.matchedCount === 1) return;
    const change = { $set: { ...terms, nextRunAt, data }, $setOnInsert: { name: job, ...NEW_ROW } };
    await rows.updateOne({ _id }, change, { upsert: true }).catch((error: unknown) => {
      // Another process has just written the same document.
      if (!(error instanceof MongoServerError && error.code === DUPLICATE_KEY)) throw error;
    });
  }

  async release(owner: string): Promise<void> {
    const { rows } = this.#connection;
    const mine = { lastModifiedBy: owner, lockedAt: { $ne: null } };
    await rows.deleteMany({ ...mine, nextRunAt: null, repeatInterval: null });
    await rows.updateMany(mine, { $set: { lockedAt: null } });
  }

  async sweep(): Promise<void> {
    await this.#connection.rows.deleteMany({ nextRunAt: null, lockedAt: null, repeatInterval: null });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

/** One document per schedule, by `_id`, which is unique on every server. */
function recurrenceId(job: JobName, key: string): JobRow['_id'] {
  return new ObjectId(createHash('sha256').update(`${job} ${key}`).digest('hex').slice(0, 24));
}
