import type { z } from 'zod';
import type { Expanded } from './variables.ts';

/**
 * A part of `agents.yaml` beside `agents:` that another folder parses. This folder finds the lines of its problems, looks
 * up variables, and keeps the last valid value together with the agents.
 */
export interface FileSection<Value> {
  /** Its key at the top of the file. */
  readonly key: string;
  /** Parses the value; undefined when the file has no such key. The paths of issues begin below the key. */
  read(raw: unknown, file: SectionFile): SectionResult<Value>;
  /** The keys that the mapping at `path` (below the key) may have, for suggestions. */
  keysAt(path: readonly (string | number)[]): readonly string[];
}

interface SectionFile {
  /** The agents that the file defines. */
  readonly agents: readonly string[];
  /** Looks up each `${NAME}` of a text. */
  readonly expand: (text: string) => Expanded;
}

type SectionResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly issues: readonly z.core.$ZodIssue[] };
