import { runStepsSource } from '../../streams/sources/run-steps.ts';
import { readTask } from '../../tasks/queries/read.ts';
import { listRunSteps } from '../../tasks/queries/run-steps.ts';
import { type Endpoint, endpoint } from '../contract/endpoint.ts';
import { pageReply, pageRequest } from '../contract/pages.ts';
import { EVENT_STREAM, resumeFrom, streamReply } from '../events/event-stream.ts';
import type { RestServices } from '../services.ts';
import * as contract from './contracts.ts';
import { presentStep } from './presented.ts';

export function runRoutes(services: RestServices): Endpoint[] {
  return [
    endpoint(contract.taskSteps, async (call) => {
      const { caller, params, query, url } = call;
      const taskId = params.id;
      if (call.accepted === EVENT_STREAM) {
        await readTask(services, caller, params);
        const after = resumeFrom(call) ?? '0';
        return streamReply(
          services,
          call,
          await runStepsSource(services, caller, { taskId, after }),
          presentStep,
        );
      }
      const page = await listRunSteps(services, caller, {
        taskId,
        page: pageRequest(query.limit, query.cursor),
      });
      return pageReply(url, page, page.items.map(presentStep));
    }),
  ];
}
