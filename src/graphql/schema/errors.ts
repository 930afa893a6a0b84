import { ERROR_CODES, type ErrorCode, type Issue, Refusal, type RefusalDetails } from '../../core/errors.ts';
import type { TaskStatus } from '../../domain/status.ts';
import { builder } from '../builder.ts';
import { TaskStatusEnum } from './enums.ts';

/** A refusal as a value: an Error that a resolver returns counts as thrown. */
export class Refused {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: RefusalDetails;

  constructor({ code, message, details }: Refusal) {
    this.code = code;
    this.message = message;
    this.details = details;
  }
}

const CODE_DESCRIPTIONS: Record<ErrorCode, string> = {
  VALIDATION: 'Invalid input; `issues` lists each fault.',
  NOT_FOUND: 'Not found.',
  FORBIDDEN: 'The role of the API key does not allow this.',
  ILLEGAL_TRANSITION: 'The task cannot change from its status to the requested one.',
  VERSION_CONFLICT: 'The task is not at the expected version; read it again.',
  LEASE_HELD: 'A run or an agent holds the task.',
  NOT_WAITING: 'The task does not wait for this answer.',
  IDEMPOTENCY_KEY_REUSED: 'The idempotency key was used with a different input.',
};

const ErrorCodeEnum = builder.enumType('ErrorCode', {
  description: 'A stable code of an error, for programs.',
  values: Object.fromEntries(
    ERROR_CODES.map((code) => [code, { value: code, description: CODE_DESCRIPTIONS[code] }]),
  ) as Record<ErrorCode, { value: ErrorCode; description: string }>,
});

const ErrorRef = builder.interfaceRef<Refused>('Error').implement({
  description: 'Why a mutation was refused. Nothing was changed.',
  fields: (t) => ({
    code: t.expose('code', { type: ErrorCodeEnum, description: 'The error code, for programs.' }),
    message: t.exposeString('message', {
      description: 'What is wrong and what would be right, for people.',
    }),
  }),
});

const IssueRef = builder.objectRef<Issue>('ValidationIssue').implement({
  description: 'One fault of an input.',
  fields: (t) => ({
    path: t.stringList({
      description:
        'The place in the input: field names and indexes, the outermost first. Empty: the whole input.',
      resolve: (issue) => issue.path.map(String),
    }),
    message: t.exposeString('message', { description: 'What is wrong, or what would be right.' }),
  }),
});

const ValidationErrorRef = builder.objectRef<Refused>('ValidationError').implement({
  description: 'The input is invalid.',
  interfaces: [ErrorRef],
  fields: (t) => ({
    issues: t.field({
      type: [IssueRef],
      description: 'All faults of the input.',
      resolve: (error) => [...(error.details.issues ?? [])],
    }),
  }),
});

const NotFoundErrorRef = builder.objectRef<Refused>('NotFoundError').implement({
  description: 'No object has this id.',
  interfaces: [ErrorRef],
});

const ForbiddenErrorRef = builder.objectRef<Refused>('ForbiddenError').implement({
  description: 'The role of the API key does not allow this.',
  interfaces: [ErrorRef],
});

const IllegalTransitionErrorRef = builder.objectRef<Refused>('IllegalTransitionError').implement({
  description: 'The task cannot change from its status to the requested one.',
  interfaces: [ErrorRef],
  fields: (t) => ({
    from: t.field({
      type: TaskStatusEnum,
      description: 'The current status.',
      resolve: (error) => error.details.from as TaskStatus,
    }),
    to: t.field({
      type: TaskStatusEnum,
      description: 'The requested status.',
      resolve: (error) => error.details.to as TaskStatus,
    }),
    allowed: t.field({
      type: [TaskStatusEnum],
      description: 'The statuses that the task can change to. Empty: its status is final.',
      resolve: (error) => (error.details.allowed ?? []) as TaskStatus[],
    }),
  }),
});

const ConflictErrorRef = builder.objectRef<Refused>('ConflictError').implement({
  description:
    'The request conflicts with the current state: the task has changed, a run holds it, it does not wait for this answer, or the idempotency key was used.',
  interfaces: [ErrorRef],
  fields: (t) => ({
    currentVersion: t.int({
      nullable: true,
      description:
        'The current version of the task. Null if the conflict is not about its version or its lease.',
      resolve: (error) => error.details.currentVersion ?? null,
    }),
    heldBy: t.string({
      nullable: true,
      description: 'Who holds the task. Null unless the code is LEASE_HELD.',
      resolve: (error) => error.details.heldBy ?? null,
    }),
  }),
});

export const ERROR_TYPES = {
  ValidationError: ValidationErrorRef,
  NotFoundError: NotFoundErrorRef,
  ForbiddenError: ForbiddenErrorRef,
  IllegalTransitionError: IllegalTransitionErrorRef,
  ConflictError: ConflictErrorRef,
} as const;
export type ErrorTypeName = keyof typeof ERROR_TYPES;

/** The type of each error code: a new code does not compile until it has one. */
export const TYPE_OF_ERROR = {
  VALIDATION: 'ValidationError',
  NOT_FOUND: 'NotFoundError',
  FORBIDDEN: 'ForbiddenError',
  ILLEGAL_TRANSITION: 'IllegalTransitionError',
  VERSION_CONFLICT: 'ConflictError',
  LEASE_HELD: 'ConflictError',
  NOT_WAITING: 'ConflictError',
  IDEMPOTENCY_KEY_REUSED: 'ConflictError',
} as const satisfies Record<ErrorCode, ErrorTypeName>;

/** The refusal as a value of the result union. Any other error is thrown again: it is a bug, or the mutation does not list it. */
export function asResult(error: unknown, named: readonly ErrorTypeName[]): Refused {
  if (error instanceof Refusal && named.includes(TYPE_OF_ERROR[error.code])) return new Refused(error);
  throw error;
}
