import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/core/log.ts';
import { answerUsage } from './usage.ts';

// The product's server without a worker, in a separate process; messages to and from the parent use IPC.
const config = loadConfig();
const app = await createApp(config, {
  serve: true,
  work: false,
  log: createLog(config.logLevel),
  out: () => undefined,
  isTerminal: false,
});
answerUsage();
process.on('disconnect', () => void app.stop(0).finally(() => process.exit(0)));
process.send?.({ url: `${app.url?.replace('http', 'ws')}/graphql` });
