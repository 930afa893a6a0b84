/** Whether a store answers; `detail` is the problem, without secrets. */
interface StoreStatus {
  readonly ok: boolean;
  readonly detail?: string;
}

export type Checks = Readonly<Record<string, () => StoreStatus | Promise<StoreStatus>>>;

const CHECK_TIMEOUT_MS = 2_000;

async function bounded(check: () => StoreStatus | Promise<StoreStatus>): Promise<StoreStatus> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<StoreStatus>((resolve) => {
    timer = setTimeout(
      () => resolve({ ok: false, detail: `no answer within ${CHECK_TIMEOUT_MS} ms` }),
      CHECK_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([(async () => check())(), late]);
  } catch {
    return { ok: false, detail: 'does not answer' };
  } finally {
    clearTimeout(timer);
  }
}

/** The answer of `/ready`: 200 if every store answers, otherwise 503 with the names of those that do not. */
export async function readiness(checks: Checks): Promise<{ status: number; body: unknown }> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await bounded(check)] as const),
  );
  const failing = results.filter(([, { ok }]) => !ok).map(([name]) => name);
  return {
    status: failing.length === 0 ? 200 : 503,
    body: {
      ready: failing.length === 0,
      ...(failing.length > 0 && { failing }),
      checks: Object.fromEntries(results),
    },
  };
}
