import { snakeCase } from '../../core/snake-case.ts';
import type { StepType } from '../../domain/messages.ts';
import { type RunEvent, runCursor } from '../../domain/run.ts';
import type { RunStepJson } from './schema.ts';

/** The top-level names of an object in snake_case; the values below them do not change. */
function named(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [snakeCase(name), inner]));
}

function dataOf({ type, data }: RunEvent): unknown {
  const shown = named(data);
  if (type !== 'assistant') return shown;
  const answer = shown as { usage?: unknown };
  return { ...answer, usage: named(answer.usage) };
}

export function presentStep(step: RunEvent): RunStepJson {
  return {
    cursor: runCursor(step),
    run_id: step.runId,
    run: step.runNumber,
    seq: step.seq,
    type: step.type as StepType,
    data: dataOf(step),
    at: step.at.toISOString(),
  };
}
