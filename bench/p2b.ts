import OpenAI from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { type DemoModel, startDemoModel } from '../src/agents/demo-model/server.ts';
import { createLoop } from '../src/agents/loop/loop.ts';
import { createModels } from '../src/agents/model/models.ts';
import { keepAliveFetch } from '../src/agents/model/node-fetch.ts';
import { createTools } from '../src/agents/tools/registry.ts';
import type { WorkHandler } from '../src/agents/work/handler.ts';
import type { Releasers } from '../src/core/releasers.ts';
import type { Bench } from './lib/bench.ts';
import { type Engine, startEngine } from './lib/engine.ts';
import { wholeLives } from './lib/lives.ts';
import { makeAll } from './lib/load.ts';
import { inPairs, type Result } from './lib/measure.ts';
import { startRecorder } from './lib/recorded.ts';

/** The demo model answers this at once, with one call per life. */
const TITLE = 'A quick life';
/** Agents wait for models most of the time, so a worker executes many of them at once. */
const IN_FLIGHT = 60;

/**
 * P2b: whole lives per second through the agent loop and the `openai` SDK, against plain streamed calls of the same SDK
 * with the bodies that the loop sends, to the same endpoint in this process, with as many in flight. The plain side
 * uses the SDK's defaults; `ourTransport` is the same over the connections of the agent loop.
 */
export async function benchmark(bench: Bench, releasers: Releasers): Promise<Record<string, Result>> {
  const { inFlight = IN_FLIGHT } = bench;
  const engine = await startEngine(await bench.database('p2b'), bench.log, releasers);
  const model = releasers.use('the demo model', await startDemoModel({ log: bench.log, tokenDelayMs: 0 }));
  const recorder = await startRecorder(model.baseUrl, releasers);
  const recording = { lives: 60, inFlight, title: TITLE, worksFrom: 'first' } as const;
  await wholeLives(engine, { ...recording, handler: agent(bench, engine, recorder.baseUrl, model.token) });
  const { bodies } = recorder;
  if (bodies.length !== recording.lives)
    throw new Error(`${bodies.length} calls for ${recording.lives} lives`);

  const lives = bench.quick ? 300 : 1_500;
  const pairs = bench.quick ? 1 : 5;
  const handler = agent(bench, engine, model.baseUrl, model.token);
  const ours = { name: 'ours', once: () => wholeLives(engine, { ...recording, lives, handler }) };
  const bare = (name: string, client: OpenAI) => ({
    name,
    once: () => calls(client, bodies, lives, inFlight),
  });
  const plain = await inPairs(bench, '/s', pairs, [ours, bare('bare SDK', clientOf(model))]);
  const sameFetch = clientOf(model, keepAliveFetch);
  const ourTransport = await inPairs(bench, '/s', pairs, [ours, bare('bare SDK, our transport', sameFetch)]);
  return {
    P2b: {
      ...plain,
      unit: '/s',
      against: 'bare streamed calls of the openai SDK (calls/s)',
      target: '≥ 0.7×',
      met: plain.ratio >= 0.7,
      ourTransport,
      inFlight,
      lives,
    },
  };
}

function agent({ log }: Bench, { tasks }: Engine, baseUrl: string, apiKey: string): WorkHandler {
  const models = createModels({ own: { baseUrl, apiKey } });
  return createLoop({
    models: (definition) => models.at(definition.provider),
    tools: createTools({ tasks }),
    log,
  });
}

function clientOf({ baseUrl, token }: DemoModel, fetch?: typeof globalThis.fetch): OpenAI {
  return new OpenAI({ baseURL: baseUrl, apiKey: token, maxRetries: 0, ...(fetch && { fetch }) });
}

/** Calls per second; throws unless each answer is complete. */
async function calls(
  client: OpenAI,
  bodies: readonly string[],
  count: number,
  inFlight: number,
): Promise<number> {
  const requests = bodies.map((body) => JSON.parse(body) as ChatCompletionCreateParamsStreaming);
  const startedAt = performance.now();
  await makeAll(count, inFlight, async (index) => {
    const request = requests[index % requests.length];
    if (!request) throw new Error('no request to send');
    let isFinished = false;
    for await (const chunk of await client.chat.completions.create(request)) {
      isFinished ||= chunk.choices[0]?.finish_reason === 'stop';
    }
    if (!isFinished) throw new Error('an answer was cut off');
  });
  return count / ((performance.now() - startedAt) / 1000);
}
