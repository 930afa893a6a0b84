/** Limits of inputs; the schema and the error messages contain them. */
export const LIMITS = {
  titleCharacters: 500,
  descriptionBytes: 64 * 1024,
  /** A result, an answer or the data of an event, as JSON text. */
  jsonBytes: 256 * 1024,
  jsonDepth: 64,
  questionCharacters: 4_000,
  reasonCharacters: 1_000,
  errorCodeCharacters: 64,
  errorMessageCharacters: 4_000,
  nameCharacters: 100,
  /** A Liquid template of a trigger. */
  templateCharacters: 10_000,
  conditionCharacters: 2_000,
  cronCharacters: 200,
  urlCharacters: 2_000,
  /** Path of a webhook trigger. */
  pathCharacters: 100,
  /** Cron and webhook triggers that are not deleted. */
  liveTriggers: 1_000,
  /** Body of one incoming or outgoing webhook. */
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

/** How many runs may fail before the task fails, and the delays between them. */
export const RETRY = {
  maxAttempts: 5,
  firstDelayMs: 1_000,
  maxDelayMs: 5 * 60_000,
  /** Upper limit for a `Retry-After` of the model's provider. */
  maxRetryAfterMs: 10 * 60_000,
} as const;

/** After two lost leases a task runs alone, so that only it can be the cause; after three it fails (decision 005). */
export const LOST_LEASES_UNTIL_ALONE = 2;
export const LOST_LEASES_UNTIL_POISON = 3;
