import { createHash } from 'node:crypto';
import { MongoChangeStreamNotificationChannel, MongoJobRepository } from '@agendajs/mongo-backend';
import type { AgendaBackend, NotificationChannel } from 'agenda';
import { MongoServerError, ObjectId } from 'mongodb';
import type { JobName } from '../catalogue.ts';
import { COLLECTION, type JobRow, MongoConnection } from './mongodb-connection.ts';
import type { JobStore, Recurrence, WakeUp } from './store.ts';

/** The oplog no longer holds what the stream was to go on from: begin anew, the poll finds what was missed. */
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

  /** `url` may name a database (`errand` otherwise). Throws `StartError` for a URL that cannot be read. */
  constructor(url: string, onError: (error: Error) => void) {
    this.#onError = onError;
    this.#connection = new MongoConnection(url, onError);
  }

  async prepare(): Promise<void> {
    const db = await this.#connection.connect();
    const hello = await db.admin().command({ hello: 1 });
    // Change streams need a replica set (or a router in front of some); without one Agenda polls.
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
      // Also one that a process holds until its moment comes: without its row it does not start.
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
   * True when the key has one pending row at most. Others may have been inserted in the same moment, and a unique
   * index that follows the lock is more than every server of this protocol gives.
   *
   * One row is kept, the rest is deleted, and no wake-up is lost: each wake-up into a row and each keeping of it raises its `rung`, and a row
   * is deleted only when its `rung` is as it was read, after which another row was still pending. That row's run begins
   * later than every wake-up that the deleted one stood for.
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
    // A moment that has passed stays, and is made up once. `$min` also mends what a finishing run of the old schedule wrote.
    const same = await rows.updateOne({ _id, ...terms }, { $min: { nextRunAt }, $set: { data } });
    if (same.matchedCount === 1) return;
    const change = { $set: { ...terms, nextRunAt, data }, $setOnInsert: { name: job, ...NEW_ROW } };
    await rows.updateOne({ _id }, change, { upsert: true }).catch((error: unknown) => {
      // Another process has just written the same.
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

/** One document for each schedule: what every server keeps unique is `_id`. */
function recurrenceId(job: JobName, key: string): JobRow['_id'] {
  return new ObjectId(createHash('sha256').update(`${job} ${key}`).digest('hex').slice(0, 24));
}
