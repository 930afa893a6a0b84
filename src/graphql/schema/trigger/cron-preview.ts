import { LIMITS } from '../../../domain/limits.ts';
import { type CronPreview, previewCron } from '../../../triggers/cron/preview.ts';
import { builder } from '../../builder.ts';
import { asResult, ERROR_TYPES, Refused } from '../errors.ts';
import { MOMENTS, momentsCost } from './moments.ts';

const PreviewCronPayload = builder.objectRef<CronPreview>('PreviewCronPayload').implement({
  description: 'What a cron expression means.',
  fields: (t) => ({
    words: t.exposeString('words', {
      description: 'The expression in words, such as `At 02:00, Monday through Friday`.',
    }),
    occurrences: t.field({
      type: ['DateTime'],
      description: 'Its next moments from now on, by the arithmetic that fires triggers; fewer when it ends.',
      complexity: { field: 1, multiplier: 1 },
      resolve: ({ occurrences }) => [...occurrences],
    }),
  }),
});

const PreviewCronResult = builder.unionType('PreviewCronResult', {
  description: 'What comes of previewCron: its payload, or what is wrong with the expression.',
  types: [PreviewCronPayload, ERROR_TYPES.ValidationError],
  resolveType: (value) => (value instanceof Refused ? 'ValidationError' : 'PreviewCronPayload'),
});

builder.queryField('previewCron', (t) =>
  t.field({
    type: PreviewCronResult,
    description: 'What a cron expression means and when it is due, while it is being written.',
    args: {
      cron: t.arg.string({
        required: true,
        description: 'Five fields with the usual names, or a macro such as `@daily`.',
      }),
      timezone: t.arg.string({
        defaultValue: 'UTC',
        description: 'The IANA time zone, such as `Europe/Berlin`.',
      }),
      first: t.arg.int({
        defaultValue: MOMENTS,
        description: `How many moments; ${LIMITS.maxPageSize} at most.`,
      }),
    },
    complexity: (args) => momentsCost(args.first),
    resolve: (_root, { cron, timezone, first }) => {
      try {
        return previewCron({ cron, timezone: timezone ?? 'UTC', first: first ?? MOMENTS });
      } catch (error) {
        return asResult(error, ['ValidationError']);
      }
    },
  }),
);
