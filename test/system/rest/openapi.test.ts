import { lintFromString, loadConfig } from '@redocly/openapi-core';
import { expect, test } from 'vitest';
import { restApi } from '../../fixtures/rest-api.ts';

test('the OpenAPI document passes the recommended rules of Redocly without a warning', async () => {
  await using api = await restApi();
  const config = await loadConfig({ configPath: 'test/system/rest/redocly.yaml' });
  const problems = await lintFromString({ source: JSON.stringify(api.openApi.document), config });
  expect(
    problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`),
  ).toEqual([]);
});

test('every operation promises its refusals as problems, and every POST takes an idempotency key', async () => {
  await using api = await restApi();
  expect(api.openApi.document.openapi).toBe('3.1.0');
  for (const { method, path, operation } of api.openApi.operations) {
    const where = `${method} ${path}`;
    expect(operation.operationId, where).toMatch(/^[a-z][A-Za-z]+$/);
    expect(operation.summary, where).toMatch(/./);
    const refusals = Object.keys(operation.responses).filter((status) => Number(status) >= 400);
    expect(refusals, where).toEqual(expect.arrayContaining(['400', '500', '503']));
    for (const status of refusals) {
      expect(operation.responses[status].content, `${where} ${status}`).toHaveProperty([
        'application/problem+json',
      ]);
    }
    const headers = (operation.parameters ?? []).filter((one: { in: string }) => one.in === 'header');
    const names = headers.map(({ name }: { name: string }) => name);
    if (method === 'post' && path.startsWith('/api/')) expect(names, where).toContain('idempotency-key');
    if (operation.security.length > 0)
      expect(refusals, where).toEqual(expect.arrayContaining(['401', '403', '429']));
  }
});

test('the examples of the document are what its schemas say', async () => {
  await using api = await restApi();
  for (const [name, schema] of Object.entries<{ example?: unknown }>(
    api.openApi.document.components.schemas,
  )) {
    if (schema.example === undefined) continue;
    expect(api.openApi.faultOf(`/components/schemas/${name}`, schema.example), name).toBeUndefined();
  }
});

test('the page to read it is served from our own files, with nothing from anywhere else', async () => {
  await using api = await restApi();
  const page = await fetch(`${api.app.url}/api/v1/docs`, { headers: { accept: 'text/html' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/https?:|unsafe-eval|\*/);
  const html = await page.text();
  expect(html).not.toMatch(/https?:\/\//);
  for (const [, file] of html.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
    const found = await fetch(api.app.url + file);
    expect(found.status, file).toBe(200);
    expect((await found.text()).length).toBeGreaterThan(1_000);
  }
  expect((await fetch(`${api.app.url}/api/v1/docs/package.json`)).status).toBe(404);
  expect((await fetch(`${api.app.url}/api/v1/docs/..%2fpackage.json`)).status).toBe(404);
});
