/** The status of a task, as the database and REST spell it; GraphQL uses capitals. */
export const TASK_STATUSES = [
  'pending',
  'in_progress',
  'needs_input',
  'completed',
  'failed',
  'cancelled',
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/**
 * Every legal transition of a task. No API allows any other.
 *
 *   pending ──> in_progress ──> completed
 *      │             │  └─────> failed
 *      │             └────────> needs_input ──> in_progress (answered)
 *      └──────┬──────┴──────────────┘
 *             └──> cancelled
 */
export const LEGAL_MOVES = {
  pending: ['in_progress', 'cancelled'],
  in_progress: ['completed', 'failed', 'needs_input', 'cancelled'],
  needs_input: ['in_progress', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<TaskStatus, readonly TaskStatus[]>;

/** The statuses that may follow `from`; empty for a final status. */
export function allowedMoves(from: TaskStatus): readonly TaskStatus[] {
  return LEGAL_MOVES[from];
}

export function isLegalMove(from: TaskStatus, to: TaskStatus): boolean {
  return allowedMoves(from).includes(to);
}

/** True for completed, failed and cancelled: no transition leaves them. */
export function isFinal(status: TaskStatus): boolean {
  return allowedMoves(status).length === 0;
}
