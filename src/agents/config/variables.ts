const VARIABLE = /\$\{([^}]*)\}/g;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export type Expanded = { readonly text: string } | { readonly problem: string };

/** The text with each `${NAME}` looked up. A problem names variables, never their values. */
export function expandVariables(text: string, env: (name: string) => string | undefined): Expanded {
  const problems: string[] = [];
  const expanded = text.replaceAll(VARIABLE, (_, name: string) => {
    if (!VARIABLE_NAME.test(name))
      problems.push('the text in braces after "$" must be the name of an environment variable.');
    else {
      const value = env(name);
      if (value !== undefined && value !== '') return value;
      problems.push(`the environment variable ${name} is not set.`);
    }
    return '';
  });
  if (problems.length === 0 && /\$\{/.test(text.replaceAll(VARIABLE, '')))
    problems.push('a brace after "$" is not closed.');
  return problems.length > 0 ? { problem: problems.join(' ') } : { text: expanded };
}
