import { type ModelProvider, modelProvider } from './definition.ts';
import type { Locator, Place } from './locate.ts';
import { expandVariables } from './variables.ts';

interface ReadProviders {
  /** Every name that the file defines; undefined where the provider is invalid. */
  readonly providers: ReadonlyMap<string, ModelProvider | undefined>;
  readonly problems: readonly (Place & { readonly message: string })[];
}

/**
 * The providers of the raw file, with each `${NAME}` of `base_url` and `api_key` looked up. Messages name variables,
 * never their values. A wrong shape is reported by the schema.
 */
export function readProviders(
  raw: unknown,
  env: (name: string) => string | undefined,
  locator: Locator,
): ReadProviders {
  const providers = new Map<string, ModelProvider | undefined>();
  const problems: (Place & { message: string })[] = [];
  const listed = (raw as { providers?: unknown }).providers;
  if (typeof listed !== 'object' || listed === null || Array.isArray(listed)) return { providers, problems };
  for (const [name, provider] of Object.entries(listed as Record<string, unknown>)) {
    const read = (
      key: 'base_url' | 'api_key',
      check: (text: string) => string | undefined,
    ): string | undefined => {
      const text =
        typeof provider === 'object' && provider !== null ? (provider as Record<string, unknown>)[key] : '';
      if (typeof text !== 'string' || text.trim() === '') return undefined;
      const expanded = expandVariables(text.trim(), env);
      const problem = 'problem' in expanded ? expanded.problem : check(expanded.text);
      if (problem === undefined && 'text' in expanded) return expanded.text;
      const path = ['providers', name, key];
      problems.push({ ...locator.value(path), message: `${path.join('.')}: ${problem}` });
      return undefined;
    };
    const baseUrl = read('base_url', urlProblem);
    const apiKey = read('api_key', keyProblem);
    const isWhole = baseUrl !== undefined && apiKey !== undefined;
    providers.set(name, isWhole ? modelProvider(name, baseUrl, apiKey) : undefined);
  }
  return { providers, problems };
}

function urlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return 'must be a URL that begins with http:// or https://.';
  }
  if (url.username !== '' || url.password !== '') return 'must not contain a user and password; use api_key.';
  return url.search !== '' || url.hash !== '' ? 'must end with its path.' : undefined;
}

/** A header allows no other characters; the SDK would throw at the first call. */
function keyProblem(text: string): string | undefined {
  return /^[\x21-\x7e]+$/.test(text) ? undefined : 'must be printable ASCII without spaces.';
}
