import { z } from 'zod';

/**
 * The messages between processes. Each is a wake-up: a process that misses one finds the change in the tables later.
 * Each field is a list of names. An empty list means "anything"; a list that is too long is replaced by it.
 */
export const TOPICS = {
  /** The event log has grown. */
  log: z.object({}),
  /** Something may be claimable for these agents. */
  work: z.object({ agents: z.array(z.string()) }),
  /** An agent's steps were appended to runs of these tasks. */
  run: z.object({ taskIds: z.array(z.string()) }),
  /** These API keys were created, changed or revoked. */
  keys: z.object({ keyIds: z.array(z.string()) }),
  /** These triggers were created, changed, paused or deleted; their due times may have changed. */
  triggers: z.object({ triggerIds: z.array(z.string()) }),
} as const satisfies Record<string, z.ZodType<Readonly<Record<string, string[]>>>>;

export type Topic = keyof typeof TOPICS;
export const TOPIC_NAMES = Object.keys(TOPICS) as Topic[];
export type Payload<Name extends Topic> = Readonly<z.infer<(typeof TOPICS)[Name]>>;
