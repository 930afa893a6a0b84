import { LIMITS } from '../../../domain/limits.ts';
import { builder } from '../../builder.ts';
import { ActorRef } from '../actor.ts';

export const InputRequestRef = builder.prismaNode('InputRequest', {
  description: 'A question that a task waits on, and its answer once there is one.',
  id: { field: 'id' },
  nullable: true,
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
