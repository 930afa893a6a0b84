import { builder } from '../builder.ts';

const WorkerRef = builder.prismaObject('Worker', {
  description: 'The part of a process that claims tasks and executes runs.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id: `wrk_…`; new at each start.' }),
    host: t.exposeString('host', { description: 'The name of the host.' }),
    pid: t.exposeInt('pid', { description: 'The process id on the host.' }),
    agents: t.exposeStringList('agents', { description: 'The agents in its configuration.' }),
    slots: t.exposeInt('slots', { description: 'The maximum number of concurrent runs.' }),
    busy: t.exposeInt('busy', { description: 'The number of runs at its last heartbeat.' }),
    draining: t.exposeBoolean('draining', {
      description: 'True while it shuts down and claims no new tasks.',
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it started.' }),
    seenAt: t.expose('seenAt', { type: 'DateTime', description: 'The time of its last heartbeat.' }),
  }),
});

builder.queryField('workers', (t) =>
  t.prismaField({
    type: [WorkerRef],
    description: 'The workers that are alive, the first started first.',
    resolve: async (query, _root, _args, { reader, services, loaders }) => {
      const aliveSince = new Date((await loaders.now()).getTime() - services.workerAliveMs);
      return reader.worker.findMany({
        ...query,
        where: { seenAt: { gt: aliveSince } },
        orderBy: [{ startedAt: 'asc' }, { id: 'asc' }],
      });
    },
  }),
);
