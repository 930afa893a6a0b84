import { createOpenAiModel } from './openai-model.ts';
import type { Model } from './port.ts';

/** Where a model is served: what is needed to call it. */
export interface ModelEndpoint {
  readonly baseUrl: string;
  readonly apiKey: string;
}

export interface Models {
  /** The client for models at `endpoint`; undefined is the installation's own. The same endpoint gives the same client. */
  at(endpoint: ModelEndpoint | undefined): Model;
}

export interface ModelsOptions {
  /** For the agents that name no provider. */
  readonly own: ModelEndpoint;
  /** See `createOpenAiModel`. */
  readonly idleMs?: number;
  readonly totalMs?: number;
}

/** One client per endpoint, made when it is first needed and kept when the configuration changes. */
export function createModels(options: ModelsOptions): Models {
  const { own, ...limits } = options;
  const made = new Map<string, Model>();
  return {
    at(endpoint = own) {
      const { baseUrl, apiKey } = endpoint;
      const key = `${baseUrl}\n${apiKey}`;
      let model = made.get(key);
      if (!model) {
        model = createOpenAiModel({ ...limits, baseUrl, apiKey });
        made.set(key, model);
      }
      return model;
    },
  };
}
