import type pg from 'pg';
import type { TaskWriter } from './commands/write.ts';

/** What a query needs. */
export interface ReadContext {
  /** The application's pool, for reading; only the writer writes. */
  readonly pool: pg.Pool;
}

/** What every use-case of a task needs. */
export interface TaskContext extends ReadContext {
  readonly writer: TaskWriter;
  /** True for an agent that this installation's configuration defines at this moment. */
  readonly knowsAgent: (name: string) => boolean;
  readonly agentNames: () => readonly string[];
}
