import { serverAudits } from 'graphql-http';
import { expect, test } from 'vitest';
import { testApi } from '../../fixtures/graphql-api.ts';

test('every audit of GraphQL over HTTP passes', async () => {
  await using api = await testApi();
  const audits = serverAudits({
    url: `${api.url}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, { ...init, headers: { ...init.headers, authorization: 'Bearer member' } }),
  });
  expect(audits.length).toBeGreaterThan(50);
  const failed: string[] = [];
  for (const audit of audits) {
    const result = await audit.fn();
    if (result.status === 'error') failed.push(`${audit.id} ${audit.name}: ${result.reason}`);
    if (result.status === 'warn') failed.push(`${audit.id} ${audit.name} (warning): ${result.reason}`);
  }
  expect(failed).toEqual([]);
});
