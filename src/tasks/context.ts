import type pg from 'pg';
import type { TaskWriter } from './commands/write.ts';

/** What a query needs. */
export interface ReadContext {
  /** The application's pool, for reads; only the writer writes tasks. */
  readonly pool: pg.Pool;
}

/** The dependencies of the use-cases of tasks. */
export interface TaskContext extends ReadContext {
  readonly writer: TaskWriter;
  /** True for an agent that the current configuration defines. */
  readonly knowsAgent: (name: string) => boolean;
  readonly agentNames: () => readonly string[];
}
