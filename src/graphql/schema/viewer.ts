import type { Caller } from '../../domain/permissions.ts';
import { builder } from '../builder.ts';
import { PERSONAL } from '../streams/form.ts';
import { ActorRef } from './actor.ts';
import { KeySourceEnum, RoleEnum } from './enums.ts';

const ViewerRef = builder.objectRef<Caller>('Viewer').implement({
  description: 'The caller of a request.',
  fields: (t) => ({
    actor: t.expose('actor', { type: ActorRef, description: 'The actor that is recorded for this caller.' }),
    role: t.expose('role', { type: RoleEnum, description: 'What the caller is allowed to do.' }),
    sources: t.field({
      type: [KeySourceEnum],
      description: 'The sources that `createTask` accepts from this caller; the first is the default.',
      resolve: (caller) => [...caller.sources],
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerRef,
    extensions: PERSONAL,
    description: 'The caller of this request.',
    resolve: (_root, _args, { caller }) => caller,
  }),
);
