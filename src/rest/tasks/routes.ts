import { Refusal } from '../../core/errors.ts';
import type { Task } from '../../domain/task.ts';
import { cancelTask } from '../../tasks/commands/cancel.ts';
import { createTask } from '../../tasks/commands/create.ts';
import { provideInput } from '../../tasks/commands/provide-input.ts';
import { retryTask } from '../../tasks/commands/retry.ts';
import { updateTask } from '../../tasks/commands/update.ts';
import { listTasks } from '../../tasks/queries/list.ts';
import { readTask } from '../../tasks/queries/read.ts';
import { waitUntilFinal } from '../../tasks/queries/wait.ts';
import { type AnyCall, type Endpoint, endpoint, type Reply } from '../contract/endpoint.ts';
import { given, momentOf } from '../contract/given.ts';
import { pageReply, pageRequest } from '../contract/pages.ts';
import { etagOf, mustMatch, preconditionFailed } from '../http/etag.ts';
import { waitOf } from '../http/prefer.ts';
import type { RestServices } from '../services.ts';
import * as contract from './contracts.ts';
import { presentTasks, taskPath, taskReply } from './presented.ts';

/** The version that If-Match stands for, once it matches what would be answered now. */
async function expectedBy(services: RestServices, call: AnyCall): Promise<number | undefined> {
  const ifMatch = call.request.headers.get('if-match');
  if (ifMatch === null) return undefined;
  const task = await readTask(services, call.caller, call.params);
  const [json] = await presentTasks(services, call.caller, [task]);
  mustMatch(ifMatch, etagOf(JSON.stringify(json), task.version), task.version);
  return task.version;
}

/** What changed between the look and the write fails the precondition, too. */
async function underIfMatch(
  services: RestServices,
  call: AnyCall,
  change: (expected: { expectedVersion?: number }) => Promise<Task>,
): Promise<Task> {
  const version = await expectedBy(services, call);
  const bodyVersion: number | undefined = call.body?.expected_version;
  const expectedVersion = version ?? bodyVersion;
  if (version !== undefined && bodyVersion !== undefined && version !== bodyVersion) {
    throw preconditionFailed(version);
  }
  try {
    return await change(expectedVersion === undefined ? {} : { expectedVersion });
  } catch (error) {
    const isConflict = error instanceof Refusal && error.code === 'VERSION_CONFLICT';
    if (version === undefined || !isConflict) throw error;
    throw preconditionFailed(error.details.currentVersion);
  }
}

async function made(
  services: RestServices,
  call: AnyCall,
  make: (options: { onRepeated: () => void }) => Promise<Task>,
): Promise<Reply> {
  const wait = waitOf(call.request.headers.get('prefer'));
  const seen = { isRepeated: false };
  let task = await make({
    onRepeated: () => {
      seen.isRepeated = true;
    },
  });
  if (wait !== undefined) {
    task = await waitUntilFinal(services.tasks, services.log, task, {
      timeoutMs: wait * 1_000,
      signals: call.signals,
    });
  }
  return taskReply(services, call.caller, task, {
    status: 201,
    headers: {
      location: taskPath(task.id),
      ...(seen.isRepeated && { 'idempotency-replayed': 'true' }),
      ...(wait !== undefined && { 'preference-applied': `wait=${wait}` }),
    },
  });
}

export function taskRoutes(services: RestServices): Endpoint[] {
  const { tasks } = services;
  const again = async (call: AnyCall, id: string): Promise<Reply> =>
    taskReply(services, call.caller, await readTask(services, call.caller, { id }));

  return [
    endpoint(
      contract.createTask,
      async (call) => {
        const { title, description, agent, priority, parent_id, not_before, source, reason } = call.body;
        const input = given({
          title,
          description,
          agent,
          priority,
          parentId: parent_id,
          notBefore: momentOf(not_before),
          source,
          reason,
          idempotencyKey: call.idempotencyKey,
        });
        return made(services, call, (options) => createTask(tasks, call.caller, input, options));
      },
      'own',
    ),
    endpoint(contract.listTasks, async ({ caller, query, url }) => {
      const { limit, cursor, q, created_after, created_before, ...lists } = query;
      const filter = given({
        ...lists,
        text: q === '' ? undefined : q,
        createdAfter: momentOf(created_after),
        createdBefore: momentOf(created_before),
      });
      const page = await listTasks(services, caller, { filter, page: pageRequest(limit, cursor) });
      return pageReply(url, page, await presentTasks(services, caller, page.items));
    }),
    endpoint(contract.getTask, async ({ caller, params }) =>
      taskReply(services, caller, await readTask(services, caller, params)),
    ),
    endpoint(contract.updateTask, async (call) => {
      const { title, description, agent, priority, not_before, reason } = call.body;
      const input = given({ title, description, agent, priority, notBefore: momentOf(not_before), reason });
      const change = (expected: { expectedVersion?: number }) =>
        updateTask(tasks, call.caller, Object.assign({ id: call.params.id }, input, expected));
      return taskReply(services, call.caller, await underIfMatch(services, call, change));
    }),
    endpoint(contract.deleteTask, async (call) =>
      taskReply(
        services,
        call.caller,
        await underIfMatch(services, call, (expected) =>
          cancelTask(tasks, call.caller, { id: call.params.id, ...expected }),
        ),
      ),
    ),
    endpoint(
      contract.cancelTask,
      async (call) => {
        const input = { id: call.params.id, ...given({ reason: call.body.reason }) };
        const change = (expected: { expectedVersion?: number }) =>
          cancelTask(tasks, call.caller, { ...input, ...expected });
        return taskReply(services, call.caller, await underIfMatch(services, call, change));
      },
      again,
    ),
    endpoint(
      contract.provideInput,
      async (call) => {
        const { answer, input_request_id, reason } = call.body;
        const input = { id: call.params.id, answer, ...given({ inputRequestId: input_request_id, reason }) };
        const change = (expected: { expectedVersion?: number }) =>
          provideInput(tasks, call.caller, { ...input, ...expected });
        return taskReply(services, call.caller, await underIfMatch(services, call, change));
      },
      again,
    ),
    endpoint(
      contract.retryTask,
      async (call) => {
        const input = {
          id: call.params.id,
          ...given({ reason: call.body.reason, idempotencyKey: call.idempotencyKey }),
        };
        return made(services, call, (options) => retryTask(tasks, call.caller, input, options));
      },
      'own',
    ),
  ];
}
