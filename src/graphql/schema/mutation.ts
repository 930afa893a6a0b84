import type { InputRef, ObjectRef } from '@pothos/core';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { createLoaders } from '../loaders.ts';
import { asResult, ERROR_TYPES, type ErrorTypeName, Refused, TYPE_OF_ERROR } from './errors.ts';

export interface Mutation<Input, Payload> {
  readonly name: string;
  readonly description: string;
  readonly input: InputRef<Input>;
  /** What it gives when it was done, named `<Name>Payload`. */
  readonly payload: PayloadRef<Payload>;
  /** Just those it can give. */
  readonly errors: readonly ErrorTypeName[];
  readonly run: (context: GraphQLContext, input: Input) => Promise<Payload>;
}

// The types of Pothos' schema are the builder's own.
type PayloadRef<Payload> = ObjectRef<typeof builder.$inferSchemaTypes, Payload>;

export function capitalized(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** A mutation with one `input`, and a union of its payload and just the errors it can give. */
export function mutation<Input, Payload extends object>(options: Mutation<Input, Payload>): void {
  const { name, description, input, payload, errors, run } = options;
  const result = builder.unionType(`${capitalized(name)}Result`, {
    description: `What comes of ${name}: its payload, or why it was refused.`,
    types: [payload as PayloadRef<object>, ...errors.map((error) => ERROR_TYPES[error])],
    resolveType: (value) => (value instanceof Refused ? TYPE_OF_ERROR[value.code] : payload.name),
  });
  builder.mutationField(name, (t) =>
    t.field({
      type: result,
      description,
      args: { input: t.arg({ type: input, required: true, description: 'What to do.' }) },
      resolve: async (_root, args, context) => {
        try {
          const { input: value } = args as { input: Input };
          const done = await run(context, value);
          // What an earlier mutation of the same operation has read may be what this one has changed.
          context.loaders = createLoaders(context);
          return done;
        } catch (error) {
          return asResult(error, errors);
        }
      },
    }),
  );
}

/** A field that is null is as good as absent, except those named, which null empties. */
export function given<Input extends object, Kept extends keyof Input = never>(
  input: Input,
  ...kept: readonly Kept[]
): { [Field in keyof Input]: Field extends Kept ? Input[Field] : Exclude<Input[Field], null> } {
  const entries = Object.entries(input).filter(
    ([field, value]) => value !== undefined && (value !== null || kept.includes(field as Kept)),
  );
  return Object.fromEntries(entries) as never;
}
