import type { InputRef, ObjectRef } from '@pothos/core';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { createLoaders } from '../loaders.ts';
import { asResult, ERROR_TYPES, type ErrorTypeName, Refused, TYPE_OF_ERROR } from './errors.ts';

export interface Mutation<Input, Payload> {
  readonly name: string;
  readonly description: string;
  readonly input: InputRef<Input>;
  /** What it returns on success, named `<Name>Payload`. */
  readonly payload: PayloadRef<Payload>;
  /** Only the errors that it can return. */
  readonly errors: readonly ErrorTypeName[];
  readonly run: (context: GraphQLContext, input: Input) => Promise<Payload>;
}

// The types of Pothos' schema are the builder's own.
type PayloadRef<Payload> = ObjectRef<typeof builder.$inferSchemaTypes, Payload>;

export function capitalized(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** A mutation with one `input`, and a union of its payload and the errors that it can return. */
export function mutation<Input, Payload extends object>(options: Mutation<Input, Payload>): void {
  const { name, description, input, payload, errors, run } = options;
  const result = builder.unionType(`${capitalized(name)}Result`, {
    description: `The result of ${name}: its payload, or an error.`,
    types: [payload as PayloadRef<object>, ...errors.map((error) => ERROR_TYPES[error])],
    resolveType: (value) => (value instanceof Refused ? TYPE_OF_ERROR[value.code] : payload.name),
  });
  builder.mutationField(name, (t) =>
    t.field({
      type: result,
      description,
      args: { input: t.arg({ type: input, required: true, description: 'The input.' }) },
      resolve: async (_root, args, context) => {
        try {
          const { input: value } = args as { input: Input };
          const done = await run(context, value);
          // An earlier mutation of the same operation may have loaded what this one has changed.
          context.loaders = createLoaders(context);
          return done;
        } catch (error) {
          return asResult(error, errors);
        }
      },
    }),
  );
}

/** Removes null fields, which count as absent, except the named ones, which null clears. */
export function given<Input extends object, Kept extends keyof Input = never>(
  input: Input,
  ...kept: readonly Kept[]
): { [Field in keyof Input]: Field extends Kept ? Input[Field] : Exclude<Input[Field], null> } {
  const entries = Object.entries(input).filter(
    ([field, value]) => value !== undefined && (value !== null || kept.includes(field as Kept)),
  );
  return Object.fromEntries(entries) as never;
}
