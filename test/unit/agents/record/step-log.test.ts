import { expect, test, vi } from 'vitest';
import { RunRecord } from '../../../../src/agents/record/step-log.ts';
import type { Recorder } from '../../../../src/agents/work/task-run/step-writer.ts';
import type { Step } from '../../../../src/domain/messages.ts';

test('however fast text comes, it goes on record ten times a second at most, whole and in order', async () => {
  vi.useFakeTimers();
  try {
    const writtenMs: number[] = [];
    const written: Step[] = [];
    const recorder: Recorder = {
      append: async ({ events }) => {
        writtenMs.push(performance.now());
        written.push(...(events as readonly Step[]));
        return true;
      },
    };
    const run = { id: 'run_1', token: 1n };
    const { signal } = new AbortController();
    const record = new RunRecord({ recorder, taskId: 'task_1', run, signal, onFenced: () => undefined });
    for (let word = 0; word < 400; word += 1) {
      record.text(`${word} `);
      await vi.advanceTimersByTimeAsync(5);
    }
    expect(writtenMs).toHaveLength(20);
    for (const [index, atMs] of writtenMs.slice(1).entries())
      expect(atMs - (writtenMs[index] ?? 0)).toBeGreaterThanOrEqual(100);
    expect(written.map(({ data }) => (data as { text: string }).text).join('')).toBe(
      Array.from({ length: 400 }, (_, word) => `${word} `).join(''),
    );
  } finally {
    vi.useRealTimers();
  }
});
