/** Where a task came from. `agent`, `cron` and `webhook` are only ever set by the system. */
export const TASK_SOURCES = ['dashboard', 'api', 'agent', 'cron', 'webhook'] as const;
export type TaskSource = (typeof TASK_SOURCES)[number];

/** The sources an API key may name. */
export const KEY_SOURCES = ['api', 'dashboard'] as const satisfies readonly TaskSource[];
export type KeySource = (typeof KEY_SOURCES)[number];
