import { type Collection, type Db, MongoClient, type ObjectId } from 'mongodb';
import { messageOf, StartError } from '../../core/errors.ts';
import type { JobData } from './store.ts';

export const COLLECTION = 'agendaJobs';
/** By default the driver waits 30 s for an unreachable server; Agenda's next poll is sooner. */
const ANSWER_MS = 3_000;

/** The fields of Agenda's document that we write. */
export interface JobRow {
  _id: ObjectId;
  name: string;
  type: 'normal';
  priority: number;
  nextRunAt: Date | null;
  lockedAt: Date | null;
  lastModifiedBy?: string | null;
  data: JobData;
  /** Counts the wake-ups into the row (a stored name). A row may not be deleted after the count has changed. */
  rung: number;
  repeatInterval?: string | null;
  repeatTimezone?: string;
}

/** A client that can be created without a reachable server: a driver's client stays closed after a failed start. */
export class MongoConnection {
  readonly #url: string;
  readonly #onError: (error: Error) => void;
  #client: MongoClient;
  #connected: Db | undefined;

  /** Throws `StartError` for an invalid URL. */
  constructor(url: string, onError: (error: Error) => void) {
    this.#url = url;
    this.#onError = onError;
    this.#client = this.#newClient();
  }

  /** The connected database; from then on the driver reconnects by itself. */
  async connect(): Promise<Db> {
    if (this.#connected) return this.#connected;
    try {
      await this.#client.connect();
    } catch (error) {
      await this.#client.close();
      this.#client = this.#newClient();
      throw error;
    }
    this.#connected = this.#client.db(
      /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(this.#url)?.[1] ?? 'errand',
    );
    return this.#connected;
  }

  /** The database; throws before the first connection. */
  get db(): Db {
    if (this.#connected) return this.#connected;
    throw new Error('not connected to MongoDB yet');
  }

  get rows(): Collection<JobRow> {
    return this.db.collection<JobRow>(COLLECTION);
  }

  async close(): Promise<void> {
    await this.#client.close(true);
  }

  #newClient(): MongoClient {
    try {
      const client = new MongoClient(this.#url, {
        appName: 'errand agenda',
        maxPoolSize: 5,
        serverSelectionTimeoutMS: ANSWER_MS,
        connectTimeoutMS: ANSWER_MS,
        waitQueueTimeoutMS: ANSWER_MS,
        // Without the journal a server crash loses the acknowledged writes of the last 100 ms.
        writeConcern: { w: 'majority', journal: true, wtimeoutMS: ANSWER_MS },
        // Closes a half-open connection; longer than a change stream waits for changes.
        socketTimeoutMS: 30_000,
      });
      // Without a listener, an error event of the client would end the process.
      return client.on('error', this.#onError);
    } catch (error) {
      throw new StartError(`Invalid MONGODB_URL (${messageOf(error)}); use mongodb://host:port/database`);
    }
  }
}
