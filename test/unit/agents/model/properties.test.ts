import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOpenAiModel } from '../../../../src/agents/model/openai-model.ts';
import { parseToolArguments } from '../../../../src/agents/model/tool-arguments.ts';
import { chunk, scriptedModel } from '../../../fixtures/scripted-model.ts';

const anObject = fc.dictionary(
  fc.string().filter((key) => key !== '__proto__'),
  fc.jsonValue(),
);

test('tool arguments that are a JSON object come back as that object', () => {
  fc.assert(
    fc.property(anObject, (value) => {
      const text = JSON.stringify(value);
      expect(parseToolArguments(text)).toEqual({ ok: true, value: JSON.parse(text) });
    }),
  );
});

test('tool arguments that are cut anywhere, doubled, or no object are an error in words, never a guess and never a throw', () => {
  fc.assert(
    fc.property(anObject, fc.nat(), (value, at) => {
      const text = JSON.stringify(value);
      const cut = text.slice(0, at % text.length);
      for (const wrong of [cut, text + text, `${text},`, `[${text}]`]) {
        const parsed = parseToolArguments(wrong);
        expect(parsed.ok).toBe(false);
        if (!parsed.ok) expect(parsed.error).toMatch(/^The arguments /);
      }
    }),
  );
  for (const wrong of ['', '  ', 'null', '1', '"{}"', '[]', 'undefined', '{} {}', "{'a': 1}"]) {
    expect(parseToolArguments(wrong).ok, wrong).toBe(false);
  }
});

test('tool arguments of any text never throw', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof parseToolArguments(text).ok === 'boolean'));
});

test('an answer is the same whatever the text, the calls, and where the bytes of the stream are cut', async () => {
  const pieces = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), {
    minLength: 1,
    maxLength: 6,
  });
  const someCalls = fc.array(fc.record({ name: fc.stringMatching(/^[a-z_]{1,12}$/), pieces }), {
    maxLength: 4,
  });
  const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 });
  let events = '';
  let sizes: readonly number[] = [];
  await using server = await scriptedModel(() => ({
    kind: 'raw',
    respond: (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const bytes = Buffer.from(events);
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        response.write(bytes.subarray(at, at + size));
        at += size;
      }
      response.end();
    },
  }));
  const model = createOpenAiModel({ baseUrl: server.baseUrl, apiKey: server.apiKey });
  const { signal } = new AbortController();
  await fc.assert(
    fc.asyncProperty(pieces, someCalls, cuts, fc.boolean(), async (texts, calls, cutSizes, isCrLf) => {
      sizes = cutSizes;
      // The deltas of the calls come in turns, as they do when a model makes them in parallel.
      const openings = calls.map(({ name }, index) =>
        chunk({
          tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } }],
        }),
      );
      const rounds = [0, 1, 2, 3, 4, 5].flatMap((round) =>
        calls.flatMap((call, index) => {
          const piece = call.pieces[round];
          return piece === undefined
            ? []
            : [chunk({ tool_calls: [{ index, function: { arguments: piece } }] })];
        }),
      );
      const all = [...texts.map((content) => chunk({ content })), ...openings, ...rounds];
      const stream = `: a comment\n\n${all.join('')}${chunk({}, 'stop')}data: [DONE]\n\n`;
      events = isCrLf ? stream.replaceAll('\n', '\r\n') : stream;
      const reply = await model.call({
        model: 'm',
        messages: [{ role: 'user', content: 'Go.' }],
        tools: [],
        signal,
      });
      expect(reply.text).toBe(texts.join(''));
      expect(reply.toolCalls).toEqual(
        calls.map((call, index) => ({
          id: `call_${index}`,
          name: call.name,
          arguments: call.pieces.join(''),
        })),
      );
    }),
    { numRuns: 60 },
  );
});
