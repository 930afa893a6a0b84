/** Where a task stands. The spelling is the database's and REST's; GraphQL says the same in capitals. */
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
 * The life of a task as data: every legal move, and nothing else is legal from any face.
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

/** The statuses a task may move to from `from`; empty for a final one. */
export function allowedMoves(from: TaskStatus): readonly TaskStatus[] {
  return LEGAL_MOVES[from];
}

export function isLegalMove(from: TaskStatus, to: TaskStatus): boolean {
  return allowedMoves(from).includes(to);
}

/** completed, failed and cancelled: nothing leaves them. */
export function isFinal(status: TaskStatus): boolean {
  return allowedMoves(status).length === 0;
}
