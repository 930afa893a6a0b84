import { builder } from '../builder.ts';

const WorkerRef = builder.prismaObject('Worker', {
  description: 'A process that works on tasks.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id: `wrk_…`; new with each start.' }),
    host: t.exposeString('host', { description: 'The machine it runs on.' }),
    pid: t.exposeInt('pid', { description: 'Its process id there.' }),
    agents: t.exposeStringList('agents', { description: 'The agents it knows.' }),
    slots: t.exposeInt('slots', { description: 'How many runs it takes at once.' }),
    busy: t.exposeInt('busy', { description: 'How many are under way, as it last said.' }),
    draining: t.exposeBoolean('draining', { description: 'True while it shuts down and takes nothing new.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it started.' }),
    seenAt: t.expose('seenAt', { type: 'DateTime', description: 'When it last said that it is alive.' }),
  }),
});

builder.queryField('workers', (t) =>
  t.prismaField({
    type: [WorkerRef],
    description: 'The workers that are alive, with their slots.',
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
