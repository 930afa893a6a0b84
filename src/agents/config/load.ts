import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf, StartError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { type AgentDefinition, builtInAgent } from './definition.ts';
import { type Problem, parseAgentsFile } from './parse.ts';
import type { FileSection } from './section.ts';
import { watchFileContent } from './watch.ts';

export interface AgentCatalogue<Section = unknown> extends AsyncDisposable {
  /** The agent as configured now; the object is immutable. */
  get(name: string): AgentDefinition | undefined;
  names(): readonly string[];
  all(): readonly AgentDefinition[];
  /** The section of the file as it is now; undefined while there is no file. */
  section(): Section | undefined;
  /** Calls `listener` after each change; call the result to stop that. */
  onChange(listener: () => void): () => void;
}

export interface LoadAgentsOptions<Section = unknown> {
  /** The path of `agents.yaml`, absolute or from the working directory. */
  readonly file: string;
  /** True when the environment names the file: then it must exist. Otherwise the built-in agent is used without it. */
  readonly isRequired: boolean;
  /** The model of the built-in agent. */
  readonly defaultModel: string;
  /** The tools an agent may be given. */
  readonly tools: readonly string[];
  /** Looks up `${NAME}` in providers. */
  readonly env: (name: string) => string | undefined;
  /** The part of the file beside the agents; both take effect together or not at all. */
  readonly section?: FileSection<Section>;
  readonly log: Log;
  /** How often the file is checked for changes. */
  readonly pollMs?: number;
}

const DEFAULT_POLL_MS = 1000;

/**
 * Reads the agents, and reads them again whenever the file changes. After an invalid edit, or when the file is removed,
 * the last valid configuration stays in use, and the problem is logged with line and column. Throws `StartError` when
 * the file is invalid at the start, or required and missing.
 */
export async function loadAgents<Section = unknown>(
  options: LoadAgentsOptions<Section>,
): Promise<AgentCatalogue<Section>> {
  const { log, file } = options;
  const path = resolve(file);
  let content = await contentOf(path, options);
  let agents: ReadonlyMap<string, AgentDefinition>;
  let section: Section | undefined;
  if (content === undefined) {
    const assistant = builtInAgent(options.defaultModel);
    agents = new Map([[assistant.name, assistant]]);
  } else {
    const parsed = parseAgentsFile(content, options);
    if (!parsed.ok) throw new StartError(`The agents file is invalid:\n${report(file, parsed.problems)}`);
    ({ agents, section } = parsed);
  }

  const listeners = new Set<() => void>();
  const take = (next: string | undefined): void => {
    if (next === content) return;
    content = next;
    if (next === undefined) {
      log.error({ file }, `${file} is missing; the last valid configuration stays in use`);
      return;
    }
    const parsed = parseAgentsFile(next, options);
    if (!parsed.ok) {
      const lines = report(file, parsed.problems);
      log.error(
        { file, problems: parsed.problems },
        `${file} is invalid; the last valid configuration stays in use\n${lines}`,
      );
      return;
    }
    ({ agents, section } = parsed);
    log.info({ file, agents: [...agents.keys()] }, 'the configuration of the agents has changed');
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        log.error({ err: error }, 'a listener to changes of the agents failed');
      }
    }
  };
  const watch = watchFileContent(path, options.pollMs ?? DEFAULT_POLL_MS, take, (error) => {
    log.error({ err: error, file }, `${file} cannot be read; the last valid configuration stays in use`);
  });

  return {
    get: (name) => agents.get(name),
    names: () => [...agents.keys()],
    all: () => [...agents.values()],
    section: () => section,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async [Symbol.asyncDispose]() {
      listeners.clear();
      await watch[Symbol.asyncDispose]();
    },
  };
}

/** One line per problem: `agents.yaml:4:7: …`. */
function report(file: string, problems: readonly Problem[]): string {
  return problems.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n');
}

async function contentOf(
  path: string,
  options: Pick<LoadAgentsOptions, 'file' | 'isRequired'>,
): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isMissing && !options.isRequired) return undefined;
    const what = isMissing ? 'it does not exist; create it, or unset ERRAND_AGENTS_FILE' : messageOf(error);
    throw new StartError(`The agents file ${options.file} cannot be read: ${what}.`, { cause: error });
  }
}
