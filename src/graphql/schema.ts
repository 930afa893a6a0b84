import './schema/scalars.ts';
import './schema/enums.ts';
import './schema/actor.ts';
import './schema/errors.ts';
import './schema/agent.ts';
import './schema/task/input-request.ts';
import './schema/task/run.ts';
import './schema/task/task.ts';
import './schema/task/tasks.ts';
import './schema/task/task-event.ts';
import './schema/task/mutations.ts';
import './schema/trigger/enums.ts';
import './schema/trigger/trigger.ts';
import './schema/trigger/triggers.ts';
import './schema/trigger/occurrence.ts';
import './schema/trigger/cron-preview.ts';
import './schema/endpoint/endpoint.ts';
import './schema/delivery/delivery.ts';
import './schema/delivery/deliveries.ts';
import './schema/trigger/mutations.ts';
import './schema/trigger/fire.ts';
import './schema/delivery/redeliver.ts';
import './schema/endpoint/mutations.ts';
import './schema/api-key.ts';
import './schema/viewer.ts';
import './schema/worker.ts';
import './schema/subscriptions.ts';
import { builder } from './builder.ts';

builder.queryType({ description: 'The read operations.' });
builder.mutationType({
  description:
    'The write operations. Each returns its payload or a typed error; after an error nothing was changed.',
});
builder.subscriptionType({
  description: 'The live streams, over WebSocket (graphql-transport-ws) or server-sent events.',
});

/** The GraphQL schema, built from the code. */
export const schema = builder.toSchema();
