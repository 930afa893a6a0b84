import { type Collection, type Db, MongoClient, type ObjectId } from 'mongodb';
import { messageOf, StartError } from '../../core/errors.ts';
import type { JobData } from './store.ts';

export const COLLECTION = 'agendaJobs';
/** The driver would wait 30 s for a server that is away; Agenda's poll comes again soon enough. */
const ANSWER_MS = 3_000;

/** Agenda's document, as far as we write it. */
export interface JobRow {
  _id: ObjectId;
  name: string;
  type: 'normal';
  priority: number;
  nextRunAt: Date | null;
  lockedAt: Date | null;
  lastModifiedBy?: string | null;
  data: JobData;
  /** How often it was woken or kept since it was inserted (a stored name): a row in which it has changed may not be deleted. */
  rung: number;
  repeatInterval?: string | null;
  repeatTimezone?: string;
}

/** A client that may be made while the server is away: one whose first connection failed stays closed for good. */
export class MongoConnection {
  readonly #url: string;
  readonly #onError: (error: Error) => void;
  #client: MongoClient;
  #connected: Db | undefined;

  /** Throws `StartError` for a URL that cannot be read. */
  constructor(url: string, onError: (error: Error) => void) {
    this.#url = url;
    this.#onError = onError;
    this.#client = this.#newClient();
  }

  /** The database, connected; from then on the driver finds the server again by itself. */
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

  /** The database; throws while there has been no connection. */
  get db(): Db {
    if (this.#connected) return this.#connected;
    throw new Error('MongoDB has not been reached yet');
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
        // Without the journal a server that dies takes the acknowledged writes of its last 100 ms with it.
        writeConcern: { w: 'majority', journal: true, wtimeoutMS: ANSWER_MS },
        // A half-open connection is given up; longer than a change stream waits for news.
        socketTimeoutMS: 30_000,
      });
      // Without a listener an error of the client ends the process.
      return client.on('error', this.#onError);
    } catch (error) {
      throw new StartError(
        `MONGODB_URL cannot be read (${messageOf(error)}); expected mongodb://host:port/database`,
      );
    }
  }
}
