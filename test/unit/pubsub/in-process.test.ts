import { createLog } from '../../../src/core/log.ts';
import { createInProcessPubSub } from '../../../src/pubsub/in-process.ts';
import { pubSubConformance } from '../../conformance/pubsub.ts';

pubSubConformance(async () => createInProcessPubSub(createLog('silent')));
