import './schema/scalars.ts';
import './schema/enums.ts';
import './schema/actor.ts';
import './schema/errors.ts';
import './schema/agent.ts';
import './schema/input-request.ts';
import './schema/run.ts';
import './schema/task.ts';
import './schema/tasks.ts';
import './schema/task-event.ts';
import './schema/task-mutations.ts';
import './schema/trigger-enums.ts';
import './schema/trigger.ts';
import './schema/triggers.ts';
import './schema/occurrence.ts';
import './schema/cron-preview.ts';
import './schema/endpoint.ts';
import './schema/delivery.ts';
import './schema/deliveries.ts';
import './schema/trigger-mutations.ts';
import './schema/fire-trigger.ts';
import './schema/redeliver.ts';
import './schema/endpoint-mutations.ts';
import './schema/api-key.ts';
import './schema/viewer.ts';
import './schema/worker.ts';
import './schema/subscriptions.ts';
import { builder } from './builder.ts';

builder.queryType({ description: 'What can be read.' });
builder.mutationType({
  description:
    'What can be done. Each gives its payload or a typed error; after an error nothing was changed.',
});
builder.subscriptionType({
  description: 'What can be watched live, over WebSocket (graphql-transport-ws) and over server-sent events.',
});

/** The one schema, built from the code. */
export const schema = builder.toSchema();
