/** Bounds on what comes in; stated in the schema and in the error of whoever passes them. */
export const LIMITS = {
  titleCharacters: 500,
  descriptionBytes: 64 * 1024,
  /** A result, an answer, an event's data: as JSON text. */
  jsonBytes: 256 * 1024,
  jsonDepth: 64,
  questionCharacters: 4_000,
  reasonCharacters: 1_000,
  errorCodeCharacters: 64,
  errorMessageCharacters: 4_000,
  nameCharacters: 100,
  /** A Liquid template or a CEL condition of a trigger. */
  templateCharacters: 10_000,
  conditionCharacters: 2_000,
  cronCharacters: 200,
  urlCharacters: 2_000,
  /** A path of a webhook. */
  pathCharacters: 100,
  /** Cron and webhook triggers that are not deleted. */
  liveTriggers: 1_000,
  /** The body of one webhook, in or out. */
  webhookBytes: 1024 * 1024,
  idempotencyKeyCharacters: 255,
  subtasks: 50,
  subtaskDepth: 5,
  pageSize: 50,
  maxPageSize: 100,
  countCap: 10_000,
  minPriority: -100,
  maxPriority: 100,
} as const;

/** How often a run may fail before its task does, and how long between. */
export const RETRY = {
  maxAttempts: 5,
  firstDelayMs: 1_000,
  maxDelayMs: 5 * 60_000,
  /** A model's own `Retry-After` is honoured up to this. */
  maxRetryAfterMs: 10 * 60_000,
} as const;

/** A third lost lease fails a task; from the second on it runs alone, so that no innocent is counted. */
export const LOST_LEASES_UNTIL_ALONE = 2;
export const LOST_LEASES_UNTIL_POISON = 3;
