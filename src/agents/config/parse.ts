import { type Document, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { messageOf } from '../../core/errors.ts';
import { type AgentDefinition, DEFAULT_LIMITS, type ModelProvider } from './definition.ts';
import { keyText, Locator, type Place } from './locate.ts';
import { readProviders } from './providers.ts';
import { type AgentsFile, agentsFileSchema, knownKeysAt, nameProblem } from './schema.ts';
import type { FileSection } from './section.ts';
import { didYouMean } from './suggest.ts';
import { expandVariables } from './variables.ts';

/** One thing wrong with the file, and where. */
export interface Problem extends Place {
  readonly message: string;
}

export type ParsedAgents<Section = undefined> =
  | { readonly ok: true; readonly agents: ReadonlyMap<string, AgentDefinition>; readonly section: Section }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface ParseContext<Section = undefined> {
  /** Looks up `${NAME}`; undefined when it is not set. */
  readonly env: (name: string) => string | undefined;
  /** The tools an agent may be given. */
  readonly tools: readonly string[];
  /** Parses the part of the file that is not about agents. */
  readonly section?: FileSection<Section>;
}

/** Parses the text of an `agents.yaml`: its agents, or every problem in the order of the lines. */
export function parseAgentsFile<Section = undefined>(
  text: string,
  context: ParseContext<Section>,
): ParsedAgents<Section> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const locator = new Locator(document, lines);
  // A warning means that the value differs from what was intended, such as for an unknown tag.
  const syntax = [...document.errors, ...document.warnings, ...unreadableKeys(document)];
  if (syntax.length > 0) {
    return failed(syntax.map((error) => ({ ...locator.at(error.pos[0]), message: oneLine(error.message) })));
  }
  let raw: unknown;
  try {
    raw = document.toJS();
  } catch (error) {
    return failed([{ line: 1, column: 1, message: oneLine(messageOf(error)) }]);
  }
  if (raw === null || raw === undefined) {
    return failed([{ line: 1, column: 1, message: 'The file is empty; it must define "agents:".' }]);
  }

  const { rest, section } = readSection(raw, context);
  const parsed = agentsFileSchema(context.tools).safeParse(rest, { reportInput: true });
  const issues = [...(parsed.error?.issues ?? []), ...(section?.ok === false ? section.issues : [])];
  const problems = issues.flatMap((issue) => describe(issue, locator, context.section));
  const { providers, problems: providerProblems } = readProviders(raw, context.env, locator);
  problems.push(...providerProblems, ...referenceProblems(raw, providers, locator));
  if (!parsed.success || section?.ok === false || problems.length > 0) return failed(problems);
  const agents = Object.entries(parsed.data.agents);
  return {
    ok: true,
    agents: new Map(agents.map(([name, agent]) => [name, definition(name, agent, providers)])),
    section: section?.value as Section,
  };
}

/** The section's part of the file, with paths from the top of the file, and the rest, which is parsed here. */
function readSection<Section>(raw: unknown, { section, env }: ParseContext<Section>) {
  if (section === undefined || typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return { rest: raw, section: undefined };
  }
  const { [section.key]: own, ...rest } = raw as Record<string, unknown>;
  const read = section.read(own, {
    agents: entriesOf(rest['agents']).map(([name]) => name),
    expand: (text) => expandVariables(text, env),
  });
  if (read.ok) return { rest, section: read };
  const issues = read.issues.map((issue) => ({ ...issue, path: [section.key, ...issue.path] }));
  return { rest, section: { ok: false as const, issues } };
}

function failed(problems: readonly Problem[]): { readonly ok: false; readonly problems: readonly Problem[] } {
  return { ok: false, problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column) };
}

function definition(
  name: string,
  agent: AgentsFile['agents'][string],
  providers: ReadonlyMap<string, ModelProvider | undefined>,
): AgentDefinition {
  const { limits } = agent;
  return Object.freeze({
    name,
    model: agent.model,
    provider: agent.provider === undefined ? undefined : providers.get(agent.provider),
    tools: Object.freeze([...agent.tools]),
    system: agent.system,
    limits: Object.freeze({
      maxSteps: limits?.max_steps ?? DEFAULT_LIMITS.maxSteps,
      maxTokens: limits?.max_tokens ?? DEFAULT_LIMITS.maxTokens,
      timeoutMs: limits?.timeout ?? DEFAULT_LIMITS.timeoutMs,
    }),
  });
}

function describe(
  issue: z.core.$ZodIssue,
  locator: Locator,
  section: FileSection<unknown> | undefined,
): Problem[] {
  const path = issue.path as (string | number)[];
  const at = (message: string, place: Place): Problem => ({
    ...place,
    message: `${path.join('.') || 'file'}: ${message}`,
  });
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => at(unknownKey(key, path, section), locator.key([...path, key])));
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      const guess = typeof issue.input === 'string' ? didYouMean(issue.input, allowed) : '';
      return [at(`must be one of ${allowed.join(', ')}.${guess}`, locator.value(path))];
    }
    case 'invalid_type':
      if (issue.input === undefined)
        return [at(`is missing: ${expected(issue.expected)}.`, locator.value(path))];
      if (!issue.message.startsWith('Invalid input')) break;
      return [at(`must be ${expected(issue.expected)}.`, locator.value(path))];
    default:
  }
  return [at(issue.message, locator.value(path))];
}

function unknownKey(
  key: string,
  path: readonly (string | number)[],
  section: FileSection<unknown> | undefined,
): string {
  const agentKeys = knownKeysAt(['agents', '']);
  if (path.length === 0 && agentKeys.includes(key)) {
    return `"${key}" belongs to an agent: indent it under the agent's name, and that under "agents:".`;
  }
  const isInSection = section !== undefined && path[0] === section.key;
  const known = isInSection ? section.keysAt(path.slice(1)) : knownKeysAt(path, section?.key);
  return `unknown key "${key.slice(0, 100)}".${didYouMean(key, known)}`;
}

function expected(type: string): string {
  if (type === 'record' || type === 'object') return 'a mapping of keys and values';
  return type === 'array' ? 'a list' : type === 'string' ? 'a text' : `a ${type}`;
}

/** Invalid names, undefined providers, tools that are listed twice. It reads the raw file, so these are reported together with other problems. */
function referenceProblems(
  raw: unknown,
  providers: ReadonlyMap<string, ModelProvider | undefined>,
  locator: Locator,
): Problem[] {
  const problems: Problem[] = [];
  for (const section of ['agents', 'providers']) {
    for (const [name] of entriesOf(entry(raw, section))) {
      const message = nameProblem(name);
      if (message !== undefined)
        problems.push({ ...locator.key([section, name]), message: `${section}: ${message}` });
    }
  }
  for (const [name, agent] of entriesOf(entry(raw, 'agents'))) {
    const provider = entry(agent, 'provider');
    if (typeof provider === 'string' && !providers.has(provider)) {
      const path = ['agents', name, 'provider'];
      const message = `agents.${name}.provider: no provider "${provider.slice(0, 100)}" is defined under "providers:".${didYouMean(provider, providers.keys())}`;
      problems.push({ ...locator.value(path), message });
    }
    const tools = entry(agent, 'tools');
    if (!Array.isArray(tools)) continue;
    tools.forEach((tool, index) => {
      if (tools.indexOf(tool) === index) return;
      problems.push({
        ...locator.value(['agents', name, 'tools', index]),
        message: `agents.${name}.tools: listed twice.`,
      });
    });
  }
  return problems;
}

function entry(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** Keys that a plain object would lose, or that would change its prototype. */
function unreadableKeys(document: Document): { pos: [number, number]; message: string }[] {
  const problems: { pos: [number, number]; message: string }[] = [];
  visit(document, {
    Pair(_, pair) {
      const text = keyText(pair.key);
      if (text !== '' && text !== '__proto__') return;
      const offset = (pair.key as { range?: [number, number] } | null)?.range?.[0] ?? 0;
      problems.push({ pos: [offset, offset], message: 'A key must be a plain word.' });
    },
  });
  return problems;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 500);
}
