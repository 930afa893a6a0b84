import { Refusal } from '../../core/errors.ts';
import { camelKeys } from '../../core/snake-case.ts';
import type { Task } from '../../domain/task.ts';
import { keepReply, keptReply } from '../../requests/once.ts';
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
import { repeatedReply, storedReply } from '../http/stored-reply.ts';
import type { RestServices } from '../services.ts';
import * as contract from './contracts.ts';
import { presentTasks, taskPath, taskReply } from './presented.ts';

/** The version for If-Match, if it matches the current response. */
async function expectedBy(services: RestServices, call: AnyCall): Promise<number | undefined> {
  const ifMatch = call.request.headers.get('if-match');
  if (ifMatch === null) return undefined;
  const task = await readTask(services, call.caller, call.params);
  const [json] = await presentTasks(services, call.caller, [task]);
  mustMatch(ifMatch, etagOf(JSON.stringify(json), task.version), task.version);
  return task.version;
}

/** Runs a change under If-Match. A change between the check and the write fails the precondition, too. */
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

/**
 * The response to a request that created a task. A repetition under the same idempotency key gets the first response,
 * unless one of the two requests waits for the task: then it gets the current state.
 */
async function created(
  services: RestServices,
  call: AnyCall,
  operation: 'createTask' | 'retryTask',
  create: (options: { onRepeated: () => void }) => Promise<Task>,
): Promise<Reply> {
  const { caller, idempotencyKey: key } = call;
  const wait = waitOf(call.request.headers.get('prefer'));
  const seen = { isRepeated: false };
  let task = await create({
    onRepeated: () => {
      seen.isRepeated = true;
    },
  });
  const name =
    key === undefined || wait !== undefined ? undefined : { actorId: caller.actor.id, key, operation };
  const kept = name && seen.isRepeated ? await keptReply(services, name) : undefined;
  if (kept !== undefined) return repeatedReply(kept);
  if (wait !== undefined) {
    task = await waitUntilFinal(services.tasks, services.log, task, {
      timeoutMs: wait * 1_000,
      signals: call.signals,
    });
  }
  const reply = await taskReply(services, caller, task, {
    status: 201,
    headers: {
      location: taskPath(task.id),
      ...(seen.isRepeated && { 'idempotency-replayed': 'true' }),
      ...(wait !== undefined && { 'preference-applied': `wait=${wait}` }),
    },
  });
  if (name && !seen.isRepeated) await keepReply(services, name, storedReply(reply));
  return reply;
}

export function taskRoutes(services: RestServices): Endpoint[] {
  const { tasks } = services;

  return [
    endpoint(
      contract.createTask,
      async (call) => {
        const input = {
          ...camelKeys(call.body),
          ...given({ notBefore: momentOf(call.body.not_before), idempotencyKey: call.idempotencyKey }),
        };
        return created(services, call, 'createTask', (options) =>
          createTask(tasks, call.caller, input, options),
        );
      },
      'use-case',
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
      // The version comes with `If-Match` as well, and is compared once for both.
      const { expected_version: _version, not_before, ...fields } = call.body;
      const input = { ...camelKeys(fields), ...given({ notBefore: momentOf(not_before) }) };
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
    endpoint(contract.cancelTask, async (call) => {
      const input = { id: call.params.id, ...given({ reason: call.body.reason }) };
      const change = (expected: { expectedVersion?: number }) =>
        cancelTask(tasks, call.caller, { ...input, ...expected });
      return taskReply(services, call.caller, await underIfMatch(services, call, change));
    }),
    endpoint(contract.provideInput, async (call) => {
      const { answer, input_request_id, reason } = call.body;
      const input = { id: call.params.id, answer, ...given({ inputRequestId: input_request_id, reason }) };
      const change = (expected: { expectedVersion?: number }) =>
        provideInput(tasks, call.caller, { ...input, ...expected });
      return taskReply(services, call.caller, await underIfMatch(services, call, change));
    }),
    endpoint(
      contract.retryTask,
      async (call) => {
        const input = {
          id: call.params.id,
          ...given({ reason: call.body.reason, idempotencyKey: call.idempotencyKey }),
        };
        return created(services, call, 'retryTask', (options) =>
          retryTask(tasks, call.caller, input, options),
        );
      },
      'use-case',
    ),
  ];
}
