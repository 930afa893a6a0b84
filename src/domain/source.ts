/** Where a task came from. Only the system sets `agent`, `cron` and `webhook`. */
export const TASK_SOURCES = ['dashboard', 'api', 'agent', 'cron', 'webhook'] as const;
export type TaskSource = (typeof TASK_SOURCES)[number];

/** The sources that an API key may use. */
export const KEY_SOURCES = ['api', 'dashboard'] as const satisfies readonly TaskSource[];
export type KeySource = (typeof KEY_SOURCES)[number];
