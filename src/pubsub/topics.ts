import { z } from 'zod';

/**
 * What processes send each other. Every message is a wake-up: a process that misses one finds the same in the tables, later.
 * Each field is a list of names, and an empty list means "anything": that is what a long list is cut to.
 */
export const TOPICS = {
  /** Look at the event log: it has grown. */
  log: z.object({}),
  /** Something may be claimable for these agents. */
  work: z.object({ agents: z.array(z.string()) }),
  /** An agent's steps were appended to runs of these tasks. */
  run: z.object({ taskIds: z.array(z.string()) }),
  /** These API keys were made, changed or revoked. */
  keys: z.object({ keyIds: z.array(z.string()) }),
  /** These triggers were made, changed, paused or deleted; look at when they are due. */
  triggers: z.object({ triggerIds: z.array(z.string()) }),
} as const satisfies Record<string, z.ZodType<Readonly<Record<string, string[]>>>>;

export type Topic = keyof typeof TOPICS;
export const TOPIC_NAMES = Object.keys(TOPICS) as Topic[];
export type Payload<Name extends Topic> = Readonly<z.infer<(typeof TOPICS)[Name]>>;
