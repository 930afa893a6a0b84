import { type Issue, invalid } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { schemeOf } from '../../domain/signatures/schemes.ts';
import type { WebhookTrigger } from '../../domain/trigger.ts';
import { type VerificationProblem, verificationProblems, type WantedVerification } from './verification.ts';

/** Secrets as an input gives them: one, or the new one and the one before. */
export interface SecretsInput {
  readonly secret?: string | null | undefined;
  readonly secrets?: readonly string[] | null | undefined;
}

/** The secrets of an input; undefined when it names none. Throws `VALIDATION` when it gives both fields. */
export function givenSecrets({ secret, secrets }: SecretsInput): readonly string[] | undefined {
  const one = secret ?? undefined;
  const list = secrets ?? undefined;
  if (one !== undefined && list !== undefined) {
    throw invalid([{ path: ['secrets'], message: 'give either secret or secrets, not both' }]);
  }
  return one === undefined ? list : [one];
}

/** Throws `VALIDATION` with everything that is wrong with the scheme, its header and its secrets. */
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

/** A warning that anybody who knows the path can create tasks. */
export function warnIfOpen(log: Log, trigger: Pick<WebhookTrigger, 'name' | 'path' | 'verify'>): void {
  if (schemeOf(trigger.verify).secret !== null) return;
  log.warn(
    { trigger: trigger.name, path: trigger.path },
    `the webhook "${trigger.name}" verifies nothing: anybody who can reach POST /webhooks/${trigger.path} can create tasks`,
  );
}
