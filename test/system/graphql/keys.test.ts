import { expect, test } from 'vitest';
import { type TestApp, testApp } from '../../fixtures/app.ts';

interface Made {
  readonly createApiKey: { __typename: string; code?: string; secret: string; apiKey: { id: string } };
}

async function createKey(
  app: TestApp,
  input: Record<string, unknown>,
  key?: string,
): Promise<Made['createApiKey']> {
  const { data, errors } = await app.ask<Made>(
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { __typename
      ... on CreateApiKeyPayload { secret apiKey { id } } ... on Error { code message } } }`,
    { input },
    key,
  );
  expect(errors).toBeUndefined();
  if (!data) throw new Error('no data');
  return data.createApiKey;
}

test('a key made over the API opens what its role may, and nothing once it is revoked or has expired', async () => {
  await using app = await testApp({ work: false });
  const secrets: Record<string, string> = {};
  let revoked = '';
  for (const role of ['VIEWER', 'AGENT', 'MEMBER', 'ADMIN']) {
    const made = await createKey(app, { name: `key of ${role}`, role });
    expect(made.secret.length).toBeGreaterThan(24);
    secrets[role] = made.secret;
    revoked = made.apiKey.id;
    const { data } = await app.ask('{ viewer { role actor { name } } }', {}, made.secret);
    expect(data).toEqual({ viewer: { role, actor: { name: `key of ${role}` } } });
  }
  expect(await createKey(app, { name: 'x', role: 'ADMIN' }, secrets['MEMBER'])).toMatchObject({
    __typename: 'ForbiddenError',
    code: 'FORBIDDEN',
  });
  expect(await createKey(app, { name: '', role: 'VIEWER' })).toMatchObject({ code: 'VALIDATION' });
  const listed = await app.ask('{ apiKeys { id name } }', {}, secrets['MEMBER']);
  expect(listed.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
  const all = JSON.stringify(await app.ask('{ apiKeys { id name role revokedAt } }', {}, secrets['ADMIN']));
  for (const secret of [...Object.values(secrets), app.key]) expect(all).not.toContain(secret);

  const revoke = (id: string) =>
    app.ask(
      `mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { __typename
        ... on RevokeApiKeyPayload { apiKey { revokedAt } } ... on Error { code } } }`,
      { id },
    );
  expect(await revoke(revoked)).toMatchObject({
    data: { revokeApiKey: { apiKey: { revokedAt: expect.any(String) } } },
  });
  expect(await revoke('key_nonsense')).toMatchObject({ data: { revokeApiKey: { code: 'NOT_FOUND' } } });
  const after = await app.ask('{ viewer { role } }', {}, secrets['ADMIN']);
  expect(after.errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });

  const short = await createKey(app, {
    name: 'short',
    role: 'VIEWER',
    expiresAt: new Date(Date.now() + 1_500),
  });
  expect(short.__typename).toBe('CreateApiKeyPayload');
  await expect
    .poll(async () => (await app.ask('{ viewer { role } }', {}, short.secret)).errors?.[0]?.extensions, {
      timeout: 8_000,
    })
    .toMatchObject({ code: 'UNAUTHENTICATED' });
});
