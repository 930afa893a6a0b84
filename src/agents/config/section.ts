import type { z } from 'zod';
import type { Expanded } from './variables.ts';

/**
 * A part of `agents.yaml` beside `agents:` that another folder understands: it reads the raw value, and this folder finds
 * the lines of what is wrong with it, looks variables up, and keeps the last good one together with the agents.
 */
export interface FileSection<Value> {
  /** Its key at the top of the file. */
  readonly key: string;
  /** Reads what stands there; undefined when the file has no such key. Issues' paths begin below the key. */
  read(raw: unknown, file: SectionFile): SectionResult<Value>;
  /** The keys that the mapping at `path` (below the key) knows, for suggestions. */
  keysAt(path: readonly (string | number)[]): readonly string[];
}

export interface SectionFile {
  /** The agents that the file defines. */
  readonly agents: readonly string[];
  /** Looks up each `${NAME}` of a text. */
  readonly expand: (text: string) => Expanded;
}

export type SectionResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly issues: readonly z.core.$ZodIssue[] };
