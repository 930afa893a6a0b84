import type { Caller } from '../../domain/permissions.ts';
import { builder } from '../builder.ts';
import { PERSONAL } from '../streams/form.ts';
import { ActorRef } from './actor.ts';
import { KeySourceEnum, RoleEnum } from './enums.ts';

const ViewerRef = builder.objectRef<Caller>('Viewer').implement({
  description: 'Whoever is calling.',
  fields: (t) => ({
    actor: t.expose('actor', { type: ActorRef, description: 'How they are put on record.' }),
    role: t.expose('role', { type: RoleEnum, description: 'What they may do.' }),
    sources: t.field({
      type: [KeySourceEnum],
      description: 'The sources they may name for tasks they make.',
      resolve: (caller) => [...caller.sources],
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerRef,
    extensions: PERSONAL,
    description: 'Whoever is calling.',
    resolve: (_root, _args, { caller }) => caller,
  }),
);
