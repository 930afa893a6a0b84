import { createOpenAiModel } from './openai-model.ts';
import type { Model } from './port.ts';

/** Where a model is served, as far as calling it needs to know. */
export interface ModelEndpoint {
  readonly baseUrl: string;
  readonly apiKey: string;
}

export interface Models {
  /** The way to call models at `endpoint`; undefined is the installation's own. The same endpoint gives the same one. */
  at(endpoint: ModelEndpoint | undefined): Model;
}

export interface ModelsOptions {
  /** Serves the agents that name no provider. */
  readonly own: ModelEndpoint;
  /** See `createOpenAiModel`. */
  readonly idleMs?: number;
  readonly totalMs?: number;
}

/** One client for each endpoint, made when it is first needed, kept through edits of the configuration. */
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
