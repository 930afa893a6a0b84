import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { ModelError, type ModelFailure } from '../../../../src/agents/model/model-error.ts';
import { createOpenAiModel } from '../../../../src/agents/model/openai-model.ts';
import type { Model, ModelReply, ModelRequest } from '../../../../src/agents/model/port.ts';
import {
  chunk,
  type ModelBehaviour,
  type ScriptedModel,
  scriptedModel,
} from '../../../fixtures/scripted-model.ts';

const tools = [
  { name: 'manage_tasks', description: 'Tasks.', parameters: { type: 'object', properties: {} } },
];

function modelAt(server: ScriptedModel, limits: { idleMs?: number; totalMs?: number } = {}): Model {
  return createOpenAiModel({ baseUrl: server.baseUrl, apiKey: server.apiKey, ...limits });
}

function ask(model: Model, request: Partial<ModelRequest> = {}): Promise<ModelReply> {
  const signal = new AbortController().signal;
  return model.call({
    model: 'scripted',
    messages: [{ role: 'user', content: 'Go.' }],
    tools,
    signal,
    ...request,
  });
}

async function failureOf(call: Promise<unknown>): Promise<ModelError> {
  const outcome = await call.then(
    (value) => value,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(ModelError);
  return outcome as ModelError;
}

describe('an answer', () => {
  test('comes whole, with its text in order as it streams, and its usage', async () => {
    await using server = await scriptedModel([{ kind: 'reply', text: 'Hello there, Über-Welt 🙂.' }]);
    const deltas: string[] = [];
    const reply = await ask(modelAt(server), { onText: (delta) => deltas.push(delta) });
    expect(reply).toEqual({
      text: 'Hello there, Über-Welt 🙂.',
      toolCalls: [],
      finishReason: 'stop',
      usage: { inputTokens: 11, outputTokens: 7 },
    });
    expect(deltas).toEqual(['Hello', ' there,', ' Über-Welt', ' 🙂.']);
    expect(server.calls[0]?.authorization).toBe('Bearer scripted-key');
  });

  test('gathers parallel tool calls from their pieces, and leaves their arguments as they came', async () => {
    const toolCalls = [
      { id: 'call_a', name: 'manage_tasks', pieces: ['{"acti', 'on":"li', 'st"}'] },
      { id: 'call_b', name: 'no_such_tool', arguments: '{"a":1}{"a":1}' },
      { id: 'call_c', name: 'manage_tasks', arguments: '{"action":' },
    ];
    await using server = await scriptedModel([{ kind: 'reply', text: 'Looking.', toolCalls }]);
    const reply = await ask(modelAt(server));
    expect(reply.finishReason).toBe('tool_calls');
    expect(reply.toolCalls).toEqual([
      { id: 'call_a', name: 'manage_tasks', arguments: '{"action":"list"}' },
      { id: 'call_b', name: 'no_such_tool', arguments: '{"a":1}{"a":1}' },
      { id: 'call_c', name: 'manage_tasks', arguments: '{"action":' },
    ]);
  });

  test('is the same however the bytes are cut on the way', async () => {
    const reply: ModelBehaviour = {
      kind: 'reply',
      text: 'Grüße 🙂 aus Köln',
      toolCalls: [{ id: 'call_1', name: 'manage_tasks', pieces: ['{"title":"Ü', '🙂"}'] }],
    };
    await using server = await scriptedModel(
      [1, 2, 3, 7, 64].map((pieceBytes) => ({ ...reply, pieceBytes })),
    );
    for (let call = 0; call < 5; call += 1) {
      const { text, toolCalls } = await ask(modelAt(server));
      expect(text).toBe('Grüße 🙂 aus Köln');
      expect(toolCalls).toEqual([{ id: 'call_1', name: 'manage_tasks', arguments: '{"title":"Ü🙂"}' }]);
    }
  });

  test('counts as whole once the finish reason came, though the provider keeps the connection open', async () => {
    await using server = await scriptedModel([{ kind: 'reply', text: 'Done.', staysOpen: true }]);
    expect((await ask(modelAt(server))).text).toBe('Done.');
    await server.calls[0]?.closed;
  }, 10_000);

  test('sends the conversation in the wire’s shape', async () => {
    await using server = await scriptedModel([{ kind: 'reply', text: 'Done.' }]);
    await ask(modelAt(server), {
      maxOutputTokens: 99,
      messages: [
        { role: 'system', content: 'You are.' },
        { role: 'user', content: 'Go.' },
        { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'manage_tasks', arguments: '{}' }] },
        { role: 'tool', toolCallId: 'c1', content: '{"ok":true}' },
        { role: 'assistant', content: 'Hm.' },
      ],
    });
    expect(server.calls[0]?.body).toEqual({
      model: 'scripted',
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 99,
      tools: [{ type: 'function', function: tools[0] }],
      messages: [
        { role: 'system', content: 'You are.' },
        { role: 'user', content: 'Go.' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'manage_tasks', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '{"ok":true}' },
        { role: 'assistant', content: 'Hm.' },
      ],
    });
  });

  test('may name parallel calls all 0, leave the index out, or send the arguments as an object', async () => {
    const call = (id: string, args: unknown, index?: number): unknown => ({
      ...(index !== undefined && { index }),
      id,
      type: 'function',
      function: { name: 'manage_tasks', arguments: args },
    });
    const stream = (calls: unknown[]): ModelBehaviour => ({
      kind: 'raw',
      respond: (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(
          [...calls.map((each) => chunk({ tool_calls: [each] })), chunk({}, 'tool_calls')].join(''),
        );
      },
    });
    await using server = await scriptedModel([
      stream([call('a', '{"n":1}', 0), call('b', '{"n":2}', 0)]),
      stream([call('a', '{"n":1'), { function: { arguments: '}' } }, call('b', { n: 2 })]),
    ]);
    for (let round = 0; round < 2; round += 1) {
      const { toolCalls } = await ask(modelAt(server));
      expect(toolCalls.map((each) => each.arguments)).toEqual(['{"n":1}', '{"n":2}']);
    }
  });
});

describe('an invalid answer has a typed reason and is never used as an answer', () => {
  // Only what never comes may meet them: a first call on a busy machine takes a good part of a second.
  const limits = { idleMs: 1_500, totalMs: 20_000 };
  const partial: ModelBehaviour = {
    kind: 'cut_off',
    text: 'On it.',
    toolCalls: [{ name: 'manage_tasks', pieces: ['{"action":"upd'] }],
  };
  const table: [string, ModelBehaviour, ModelFailure, boolean][] = [
    ['hangs before it answers', { kind: 'hang' }, 'timeout', true],
    ['stalls in the middle of the stream', { kind: 'stall' }, 'stalled', true],
    ['resets the connection in the middle', { kind: 'reset' }, 'cut_off', true],
    ['resets the connection at once', { kind: 'refuse_connection' }, 'unavailable', true],
    ['ends the stream without a finish reason', { kind: 'cut_off', text: 'All is done' }, 'cut_off', true],
    ['ends the stream in half a tool call', partial, 'cut_off', true],
    ['says nothing at all', { kind: 'cut_off' }, 'cut_off', true],
    ['sends an HTML page', { kind: 'html' }, 'bad_response', true],
    ['sends an HTML page as an error', { kind: 'html', status: 502 }, 'unavailable', true],
    ['sends an HTML page as not found', { kind: 'html', status: 404 }, 'bad_request', false],
    ['sends junk', { kind: 'junk' }, 'bad_response', true],
    [
      'calls a tool without its name',
      { kind: 'reply', toolCalls: [{ arguments: '{}' }] },
      'bad_response',
      true,
    ],
    ['sends an empty message', { kind: 'reply', text: '' }, 'bad_response', true],
    ['promises calls and sends none', { kind: 'reply', finishReason: 'tool_calls' }, 'bad_response', true],
    [
      'ends for a reason nobody knows',
      { kind: 'reply', text: 'x', finishReason: 'toString' },
      'bad_response',
      true,
    ],
    ['is filtered', { kind: 'reply', text: 'I', finishReason: 'content_filter' }, 'refused', false],
    ['meets its length limit', { kind: 'reply', text: 'I', finishReason: 'length' }, 'length', false],
    [
      'gives up in the middle',
      { kind: 'reply', text: 'I', finishReason: 'network_error' },
      'unavailable',
      true,
    ],
    ['sends an error in the stream', { kind: 'error_event', message: 'overloaded' }, 'unavailable', true],
    ['is limited', { kind: 'rate_limit' }, 'rate_limited', true],
    ['has no quota left', { kind: 'rate_limit', code: 'insufficient_quota' }, 'rate_limited', false],
    ['does not know the key', { kind: 'error', status: 401 }, 'unauthorized', false],
    ['does not allow the model', { kind: 'error', status: 403 }, 'unauthorized', false],
    ['does not know the model', { kind: 'error', status: 404 }, 'bad_request', false],
    [
      'finds the request too long',
      { kind: 'error', status: 400, code: 'context_length_exceeded' },
      'length',
      false,
    ],
    ['is broken', { kind: 'error', status: 500 }, 'unavailable', true],
    ['is overloaded', { kind: 'error', status: 503 }, 'unavailable', true],
  ];
  test.each(table)('a model that %s', async (_, behaviour, reason, retryable) => {
    await using server = await scriptedModel([behaviour]);
    const failure = await failureOf(ask(modelAt(server, limits)));
    expect({ reason: failure.reason, retryable: failure.retryable }, failure.message).toEqual({
      reason,
      retryable,
    });
    expect(failure.message).not.toContain('<html');
    expect(server.calls).toHaveLength(1);
  });

  test('a provider that answers with one JSON document though a stream was asked for', async () => {
    const respond = {
      kind: 'raw',
      respond: (r: ServerResponse) => r.setHeader('content-type', 'application/json').end('{}'),
    } as const;
    await using server = await scriptedModel([respond satisfies ModelBehaviour]);
    expect((await failureOf(ask(modelAt(server)))).reason).toBe('bad_response');
  });

  test('a model that drips for ever meets the total limit', async () => {
    await using server = await scriptedModel([
      {
        kind: 'raw',
        respond: (response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          const timer = setInterval(() => response.write(chunk({ content: '.' })), 20);
          response.once('close', () => clearInterval(timer));
        },
      },
    ]);
    const failure = await failureOf(ask(modelAt(server, { idleMs: 20_000, totalMs: 1_500 })));
    expect(failure.reason).toBe('timeout');
    expect(failure.partialText).toMatch(/^\.+$/);
    await server.calls[0]?.closed;
  });

  test('a port without a listener', async () => {
    let baseUrl: string;
    {
      await using server = await scriptedModel([]);
      ({ baseUrl } = server);
    }
    const failure = await failureOf(ask(createOpenAiModel({ baseUrl, apiKey: 'k' })));
    expect(failure.reason).toBe('unavailable');
    expect(failure.message).toContain('ECONNREFUSED');
  });

  test('an answer that grows without end is stopped', async () => {
    await using server = await scriptedModel([{ kind: 'reply', text: 'x'.repeat(5 * 1024 * 1024) }]);
    expect((await failureOf(ask(modelAt(server)))).reason).toBe('bad_response');
  });

  test('the key is removed from the provider’s error texts', async () => {
    await using server = await scriptedModel([
      { kind: 'error', status: 401, message: 'Bad key scripted-key!' },
    ]);
    expect((await failureOf(ask(modelAt(server)))).message).toBe(
      'The provider answered: 401 Bad key [redacted]!',
    );
  });

  test('text that had come is kept beside the failure', async () => {
    await using server = await scriptedModel([{ kind: 'stall', text: 'Half of' }]);
    expect((await failureOf(ask(modelAt(server, limits)))).partialText).toBe('Half of');
  });
});

describe('Retry-After', () => {
  /** Made by the test itself: minutes may pass between the collection of tests and this one. */
  const inAMinute = (): string => new Date(Date.now() + 60_000).toUTCString();
  test.each([
    ['7', () => '7', 7000, 7000],
    ['3600', () => '3600', 600_000, 600_000],
    ['a date', inAMinute, 30_000, 61_000],
    ['soon', () => 'soon', undefined, undefined],
    ['-5', () => '-5', undefined, undefined],
  ])('of %s is read, up to ten minutes', async (_, retryAfter, least, most) => {
    await using server = await scriptedModel([{ kind: 'rate_limit', retryAfter: retryAfter() }]);
    const { retryAfterMs } = await failureOf(ask(modelAt(server)));
    if (least === undefined) expect(retryAfterMs).toBeUndefined();
    else {
      expect(retryAfterMs).toBeGreaterThanOrEqual(least);
      expect(retryAfterMs).toBeLessThanOrEqual(most);
    }
  });
});

describe('an abort', () => {
  test.each<ModelBehaviour>([{ kind: 'hang' }, { kind: 'stall' }])(
    'ends a call at once ($kind)',
    async (behaviour) => {
      await using server = await scriptedModel([behaviour]);
      const controller = new AbortController();
      const call = failureOf(ask(modelAt(server), { signal: controller.signal }));
      await server.called(1);
      const start = performance.now();
      controller.abort();
      const failure = await call;
      // Of the second that a cancel may take in all, and long before the call would end by itself.
      expect(performance.now() - start).toBeLessThan(1_000);
      expect(failure).toMatchObject({ reason: 'aborted', retryable: false });
      await server.calls[0]?.closed;
    },
  );

  test('before the call makes none', async () => {
    await using server = await scriptedModel([{ kind: 'reply', text: 'Done.' }]);
    const failure = await failureOf(ask(modelAt(server), { signal: AbortSignal.abort() }));
    expect(failure.reason).toBe('aborted');
    expect(server.calls).toHaveLength(0);
  });

  test('from within onText ends the call, and no text follows', async () => {
    await using server = await scriptedModel([{ kind: 'reply', text: 'one two three' }]);
    const controller = new AbortController();
    const heard: string[] = [];
    const call = ask(modelAt(server), {
      signal: controller.signal,
      onText: (delta) => {
        heard.push(delta);
        controller.abort();
      },
    });
    expect((await failureOf(call)).reason).toBe('aborted');
    expect(heard).toEqual(['one']);
  });

  test('leaves no listener on the caller’s signal, nor does a call that ends well', async () => {
    await using server = await scriptedModel(() => ({ kind: 'reply', text: 'Done.' }));
    const model = modelAt(server);
    const { signal } = new AbortController();
    let added = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      added += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      added -= 1;
      remove(...args);
    };
    for (let call = 0; call < 3; call += 1) await ask(model, { signal });
    expect(added).toBe(0);
  });
});

test('what onText throws ends the call and comes out as it was thrown', async () => {
  await using server = await scriptedModel([{ kind: 'reply', text: 'one two' }]);
  const mine = new Error('the record is closed');
  const call = ask(modelAt(server), {
    onText: () => {
      throw mine;
    },
  });
  await expect(call).rejects.toBe(mine);
});

test('calls after one another use one connection', async () => {
  const sockets = new Set<unknown>();
  await using server = await scriptedModel(() => ({
    kind: 'raw',
    respond: (response) => {
      sockets.add(response.socket);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(chunk({ content: 'Done.' }) + chunk({}, 'stop'));
    },
  }));
  const model = modelAt(server);
  for (let call = 0; call < 3; call += 1) await ask(model);
  expect(sockets.size).toBe(1);
});

test('an idle connection that is closed just as a call takes it up is replaced, once and unseen', async () => {
  const reply = { kind: 'reply', text: 'Done.' } as const;
  const reset = { kind: 'refuse_connection' } as const;
  await using server = await scriptedModel([reply, reset, reply, reset, reset]);
  const model = modelAt(server);
  await ask(model);
  expect((await ask(model)).text).toBe('Done.');
  expect(server.calls).toHaveLength(3);
  expect((await failureOf(ask(model))).reason).toBe('unavailable');
  expect(server.calls).toHaveLength(5);
});
