import OpenAI from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { expect, test } from 'vitest';
import { keepAliveFetch } from '../../../../src/agents/model/node-fetch.ts';
import { scriptedModel } from '../../../fixtures/scripted-model.ts';

const REQUEST: ChatCompletionCreateParamsStreaming = {
  model: 'scripted',
  stream: true,
  messages: [{ role: 'user', content: 'Hi' }],
};

/** The members of `Response` that `keepAliveFetch` gives. */
const GIVEN = ['status', 'ok', 'url', 'headers', 'body', 'text'];

test('the SDK reads no member of a response but those that are given, for an answer and for an error', async () => {
  await using model = await scriptedModel([
    { kind: 'reply', text: 'Hello' },
    { kind: 'error', status: 400 },
  ]);
  const read = new Set<string>();
  const spying: typeof fetch = async (input, init) => {
    const response = await keepAliveFetch(input, init);
    return new Proxy(response, {
      get(target, member) {
        // A promise that resolves to an object looks for its `then`.
        if (typeof member === 'string' && member !== 'then') read.add(member);
        return Reflect.get(target, member);
      },
    });
  };
  const { completions } = new OpenAI({
    baseURL: model.baseUrl,
    apiKey: model.apiKey,
    maxRetries: 0,
    fetch: spying,
  }).chat;
  let text = '';
  for await (const chunk of await completions.create(REQUEST)) text += chunk.choices[0]?.delta.content ?? '';
  expect(text).toBe('Hello');
  await expect(completions.create(REQUEST)).rejects.toMatchObject({ status: 400 });
  expect([...read].filter((member) => !GIVEN.includes(member))).toEqual([]);
  expect(read.size).toBeGreaterThan(2);
});

test('a redirect is not followed, so the key is sent to no other address', async () => {
  await using other = await scriptedModel([{ kind: 'reply', text: 'I have your key' }]);
  const location = `${other.baseUrl}/chat/completions`;
  await using model = await scriptedModel([
    { kind: 'raw', respond: (response) => response.writeHead(307, { location }).end() },
  ]);
  const response = await keepAliveFetch(`${model.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer secret' },
    body: '{}',
  });
  expect(response.status).toBe(307);
  await response.text();
  expect(other.calls).toEqual([]);
});
