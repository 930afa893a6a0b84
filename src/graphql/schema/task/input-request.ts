import { LIMITS } from '../../../domain/limits.ts';
import { builder } from '../../builder.ts';
import { ActorRef } from '../actor.ts';

export const InputRequestRef = builder.prismaNode('InputRequest', {
  description: 'A question that a task waits for, and its answer.',
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    question: t.exposeString('question', {
      description: `The question; at most ${LIMITS.questionCharacters} characters.`,
    }),
    askedBy: t.expose('askedBy', { type: ActorRef, description: 'Who asked it.' }),
    askedAt: t.expose('askedAt', { type: 'DateTime', description: 'When it was asked.' }),
    answer: t.expose('answer', {
      type: 'JSON',
      nullable: true,
      description: `The answer; at most ${LIMITS.jsonBytes / 1024} KiB of JSON. Null while the question is open.`,
    }),
    answeredBy: t.expose('answeredBy', {
      type: ActorRef,
      nullable: true,
      description: 'Who answered it. Null while the question is open.',
    }),
    answeredAt: t.expose('answeredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was answered. Null while the question is open.',
    }),
  }),
});
