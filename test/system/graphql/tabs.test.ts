import { expect, test } from 'vitest';
import { TABS } from '../../../src/server/graphiql/tabs.ts';
import { testApi } from '../../fixtures/graphql-api.ts';

/** The tab whose operation has this name. */
function tab(name: string): { query: string; variables: Record<string, unknown> } {
  const found = TABS.find(({ query }) => new RegExp(`^(?:query|mutation) ${name}\\b`, 'm').test(query));
  if (!found) throw new Error(`there is no tab ${name}`);
  return { query: found.query, variables: { ...found.variables } };
}

test('the tabs of a schedule and of a webhook do what they say', async () => {
  await using api = await testApi();
  const run = async (name: string) => {
    const { query, variables } = tab(name);
    const { data, errors } = await api.ask(query, variables);
    expect(errors, name).toBeUndefined();
    return data;
  };
  const { previewCron } = await run('Preview');
  expect(previewCron.occurrences).toHaveLength(5);
  const { createCronTrigger } = await run('Schedule');
  expect(createCronTrigger.trigger).toMatchObject({
    words: previewCron.words,
    nextDueAt: previewCron.occurrences[0],
  });
  const { createWebhookTrigger } = await run('Webhook');
  expect(createWebhookTrigger).toMatchObject({
    secret: expect.any(String),
    trigger: { urlPath: '/webhooks/demo', verify: 'HEADER', verifyHeader: 'x-webhook-secret' },
  });
  const fired = await api.ask(
    `mutation ($id: ID!) { fireTrigger(input: { id: $id, sample: { body: { title: "Count the chairs" } } }) {
      ... on FireTriggerPayload { task { id title } } ... on Error { message } } }`,
    { id: createWebhookTrigger.trigger.id },
  );
  const { task } = fired.data.fireTrigger;
  expect(task.title).toBe('Count the chairs');
  const { deliveries } = await run('Deliveries');
  expect(deliveries.nodes).toMatchObject([
    { direction: 'IN', verdict: 'ACCEPTED', task: { id: task.id }, trigger: { name: 'demo' } },
  ]);
  expect(deliveries.nodes[0].body).toBe('{"title":"Count the chairs"}');
});
