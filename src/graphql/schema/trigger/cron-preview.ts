import { LIMITS } from '../../../domain/limits.ts';
import { type CronPreview, previewCron } from '../../../triggers/cron/preview.ts';
import { builder } from '../../builder.ts';
import { asResult, ERROR_TYPES, Refused } from '../errors.ts';
import { MOMENTS, momentsCost } from './moments.ts';

const PreviewCronPayload = builder.objectRef<CronPreview>('PreviewCronPayload').implement({
  description: 'The payload of previewCron: the meaning of a cron expression.',
  fields: (t) => ({
    words: t.exposeString('words', {
      description: 'The expression in words, such as `At 02:00, Monday through Friday`.',
    }),
    occurrences: t.field({
      type: ['DateTime'],
      description:
        'The next due moments, calculated in the same way as for triggers; fewer if the schedule ends.',
      complexity: { field: 1, multiplier: 1 },
      resolve: ({ occurrences }) => [...occurrences],
    }),
  }),
});

const PreviewCronResult = builder.unionType('PreviewCronResult', {
  description: 'The result of previewCron: its payload, or an error.',
  types: [PreviewCronPayload, ERROR_TYPES.ValidationError],
  resolveType: (value) => (value instanceof Refused ? 'ValidationError' : 'PreviewCronPayload'),
});

builder.queryField('previewCron', (t) =>
  t.field({
    type: PreviewCronResult,
    description: 'Explains a cron expression and lists its next due moments.',
    args: {
      cron: t.arg.string({
        required: true,
        description: 'The cron expression: five fields, or a macro such as `@daily`.',
      }),
      timezone: t.arg.string({
        defaultValue: 'UTC',
        description: 'The IANA time zone, such as `Europe/Berlin`.',
      }),
      first: t.arg.int({
        defaultValue: MOMENTS,
        description: `The number of due moments; at most ${LIMITS.maxPageSize}.`,
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
