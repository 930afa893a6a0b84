import { expect, test, vi } from 'vitest';
import { StepLog } from '../../../../src/agents/record/step-log.ts';
import type { Step } from '../../../../src/domain/messages.ts';

test('however fast text comes, it is stored at most ten times a second, whole and in order', async () => {
  vi.useFakeTimers();
  try {
    const writtenMs: number[] = [];
    const written: Step[] = [];
    const log = new StepLog({
      append: async (_firstSeq, steps) => {
        writtenMs.push(performance.now());
        written.push(...steps);
        return true;
      },
      onLeaseLost: () => undefined,
    });
    for (let word = 0; word < 400; word += 1) {
      log.text(`${word} `);
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
