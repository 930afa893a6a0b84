import { DEMO_MODEL, startDemoModel } from '../agents/demo-model/server.ts';
import type { ModelEndpoint } from '../agents/model/models.ts';
import type { Config } from '../config.ts';
import type { Log } from '../core/log.ts';
import type { Releasers } from '../core/releasers.ts';

/** The models of the agents that name no provider. */
export interface OwnModels {
  readonly own: ModelEndpoint;
  readonly defaultModel: string;
  readonly isDemo: boolean;
}

/** A real model if the environment names one; otherwise the demo model, in this process. */
export async function startModels(config: Config, log: Log, releasers: Releasers): Promise<OwnModels> {
  const { openaiApiKey, openaiBaseUrl } = config;
  if (openaiApiKey !== undefined || openaiBaseUrl !== undefined) {
    const own = { baseUrl: openaiBaseUrl ?? 'https://api.openai.com/v1', apiKey: openaiApiKey ?? 'none' };
    return { own, defaultModel: 'gpt-5-mini', isDemo: false };
  }
  const demo = releasers.use('the demo model', await startDemoModel({ log }));
  return { own: { baseUrl: demo.baseUrl, apiKey: demo.token }, defaultModel: DEMO_MODEL, isDemo: true };
}
