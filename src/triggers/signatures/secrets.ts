import { type Issue, invalid } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { schemeOf } from '../../domain/signatures/schemes.ts';
import type { WebhookTrigger } from '../../domain/trigger.ts';
import { type VerificationProblem, verificationProblems, type WantedVerification } from './verification.ts';

/** Secrets in an input: one, or the new and the previous one. */
export interface SecretsInput {
  readonly secret?: string | null | undefined;
  readonly secrets?: readonly string[] | null | undefined;
}

/** The secrets of an input; undefined if it has none. Throws `VALIDATION` if both fields are set. */
export function givenSecrets({ secret, secrets }: SecretsInput): readonly string[] | undefined {
  const one = secret ?? undefined;
  const list = secrets ?? undefined;
  if (one !== undefined && list !== undefined) {
    throw invalid([{ path: ['secrets'], message: 'set either secret or secrets, not both' }]);
  }
  return one === undefined ? list : [one];
}

/** Throws `VALIDATION` with every problem of the scheme, its header and its secrets. */
export function mustBeVerifiable(wanted: WantedVerification, input: SecretsInput): void {
  const hasList = (input.secrets ?? undefined) !== undefined;
  const issues = verificationProblems(wanted).map((problem) => issueOf(problem, hasList));
  if (issues.length > 0) throw invalid(issues);
}

function issueOf({ field, index, message }: VerificationProblem, hasList: boolean): Issue {
  if (field === 'verifyHeader') return { path: ['verifyHeader'], message };
  if (!hasList) return { path: ['secret'], message };
  return { path: index === undefined ? ['secrets'] : ['secrets', index], message };
}

/** A warning that anyone who knows the path can create tasks. */
export function warnIfOpen(log: Log, trigger: Pick<WebhookTrigger, 'name' | 'path' | 'verify'>): void {
  if (schemeOf(trigger.verify).secret !== null) return;
  log.warn(
    { trigger: trigger.name, path: trigger.path },
    `webhook "${trigger.name}" does not verify its sender: anyone who can reach POST /webhooks/${trigger.path} can create tasks`,
  );
}
