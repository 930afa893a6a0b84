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
  VALIDATION: 'The input is not right; `issues` says what and where.',
  NOT_FOUND: 'There is no such thing.',
  FORBIDDEN: 'The key may not do this.',
  ILLEGAL_TRANSITION: 'The status machine has no such move.',
  VERSION_CONFLICT: 'The task changed meanwhile: read it again.',
  LEASE_HELD: 'A run or an agent holds the task.',
  NOT_WAITING: 'Nobody waits for this answer.',
  IDEMPOTENCY_KEY_REUSED: 'The idempotency key was used with another input.',
};

const ErrorCodeEnum = builder.enumType('ErrorCode', {
  description: 'What went wrong, for a program to branch on.',
  values: Object.fromEntries(
    ERROR_CODES.map((code) => [code, { value: code, description: CODE_DESCRIPTIONS[code] }]),
  ) as Record<ErrorCode, { value: ErrorCode; description: string }>,
});

const ErrorRef = builder.interfaceRef<Refused>('Error').implement({
  description: 'Why a mutation was refused; nothing was changed.',
  fields: (t) => ({
    code: t.expose('code', { type: ErrorCodeEnum, description: 'For a program to branch on.' }),
    message: t.exposeString('message', {
      description: 'For a person to read: what was wrong, and what would be right.',
    }),
  }),
});

const IssueRef = builder.objectRef<Issue>('ValidationIssue').implement({
  description: 'One thing wrong with an input.',
  fields: (t) => ({
    path: t.stringList({
      description: 'Where: names of fields and indexes, from the outside in; empty for the input as a whole.',
      resolve: (issue) => issue.path.map(String),
    }),
    message: t.exposeString('message', { description: 'What would be right.' }),
  }),
});

const ValidationErrorRef = builder.objectRef<Refused>('ValidationError').implement({
  description: 'The input is not right.',
  interfaces: [ErrorRef],
  fields: (t) => ({
    issues: t.field({
      type: [IssueRef],
      description: 'Everything wrong, at once.',
      resolve: (error) => [...(error.details.issues ?? [])],
    }),
  }),
});

const NotFoundErrorRef = builder.objectRef<Refused>('NotFoundError').implement({
  description: 'There is no such thing.',
  interfaces: [ErrorRef],
});

const ForbiddenErrorRef = builder.objectRef<Refused>('ForbiddenError').implement({
  description: 'The key may not do this.',
  interfaces: [ErrorRef],
});

const IllegalTransitionErrorRef = builder.objectRef<Refused>('IllegalTransitionError').implement({
  description: 'The status machine has no such move.',
  interfaces: [ErrorRef],
  fields: (t) => ({
    from: t.field({
      type: TaskStatusEnum,
      description: 'The status it has.',
      resolve: (error) => error.details.from as TaskStatus,
    }),
    to: t.field({
      type: TaskStatusEnum,
      description: 'The status that was asked for.',
      resolve: (error) => error.details.to as TaskStatus,
    }),
    allowed: t.field({
      type: [TaskStatusEnum],
      description: 'The statuses it may move to; empty when it is final.',
      resolve: (error) => (error.details.allowed ?? []) as TaskStatus[],
    }),
  }),
});

const ConflictErrorRef = builder.objectRef<Refused>('ConflictError').implement({
  description:
    'Something else came first: another change, a run that holds the task, an answer, a use of the key.',
  interfaces: [ErrorRef],
  fields: (t) => ({
    currentVersion: t.int({
      nullable: true,
      description: 'The version as it is; null where that is not the matter.',
      resolve: (error) => error.details.currentVersion ?? null,
    }),
    heldBy: t.string({
      nullable: true,
      description: 'Who holds the task; null where nobody does.',
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

/** Which type shows a refusal: a new code does not compile until it has one. */
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

/** The refusal as a value of the result union, or the throw goes on: a bug, or an error the mutation does not name. */
export function asResult(error: unknown, named: readonly ErrorTypeName[]): Refused {
  if (error instanceof Refusal && named.includes(TYPE_OF_ERROR[error.code])) return new Refused(error);
  throw error;
}
