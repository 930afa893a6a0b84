import { LIMITS } from '../../../domain/limits.ts';
import type { InputRequest } from '../../../store/tasks/inputs.ts';
import { builder } from '../../builder.ts';
import { ActorRef } from '../actor.ts';

export const InputRequestRef = builder.objectRef<InputRequest>('InputRequest');

builder.node(InputRequestRef, {
  description: 'A question that a task waits on, and its answer once there is one.',
  id: { resolve: (request) => request.id },
  isTypeOf: (value) =>
    typeof value === 'object' && value !== null && 'question' in value && 'askedBy' in value,
  loadManyWithoutCache: (ids, { loaders }) => ids.map((id) => loaders.inputRequest.load(id)),
  fields: (t) => ({
    question: t.exposeString('question', {
      description: `What is asked; ${LIMITS.questionCharacters} characters at most.`,
    }),
    askedBy: t.expose('askedBy', { type: ActorRef, description: 'Who asks.' }),
    askedAt: t.expose('askedAt', { type: 'DateTime', description: 'When it was asked.' }),
    answer: t.expose('answer', {
      type: 'JSON',
      nullable: true,
      description: `The answer; ${LIMITS.jsonBytes / 1024} KiB of JSON at most. Null while it is open.`,
    }),
    answeredBy: t.expose('answeredBy', {
      type: ActorRef,
      nullable: true,
      description: 'Who answered; null while it is open.',
    }),
    answeredAt: t.expose('answeredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was answered; null while it is open.',
    }),
  }),
});
