import {
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * Extension of a field whose value depends on the caller, not only on the permissions of the role. An operation that
 * selects it is never shared.
 */
export const PERSONAL = { personal: true } as const;

/** Extension of an argument of a subscription field that only sets where a subscriber begins. */
export const START = { start: true } as const;

interface DocumentFacts {
  readonly schema: GraphQLSchema;
  readonly text: string;
  /** Variables that only set where a subscriber begins. */
  readonly startVariables: ReadonlySet<string>;
  readonly isPersonal: boolean;
}

/** Documents come from the parser's cache, so each is analysed once. */
const known = new WeakMap<DocumentNode, DocumentFacts>();

function factsOf(document: DocumentNode, schema: GraphQLSchema): DocumentFacts {
  const before = known.get(document);
  if (before?.schema === schema) return before;
  let isPersonal = false;
  const starts = new Set<string>();
  const uses = new Map<string, number>();
  const typeInfo = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      VariableDefinition: () => false,
      Field: () => {
        if (typeInfo.getFieldDef()?.extensions['personal'] === true) isPersonal = true;
      },
      Argument: ({ value }) => {
        const isStart =
          typeInfo.getParentType() === schema.getSubscriptionType() &&
          typeInfo.getArgument()?.extensions['start'] === true;
        if (isStart && value.kind === Kind.VARIABLE) starts.add(value.name.value);
      },
      Variable: ({ name }) => {
        uses.set(name.value, (uses.get(name.value) ?? 0) + 1);
      },
    }),
  );
  // A variable that is also used elsewhere changes the results.
  const startVariables = new Set([...starts].filter((name) => uses.get(name) === 1));
  const facts = { schema, text: print(document), startVariables, isPersonal };
  known.set(document, facts);
  return facts;
}

/** Operations of one form give all callers of an audience the same result for an item. Undefined: it is personal. */
export function formOf(
  args: Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'>,
): string | undefined {
  const facts = factsOf(args.document, args.schema);
  if (facts.isPersonal) return undefined;
  const variables = Object.entries(args.variableValues ?? {})
    .filter(([name]) => !facts.startVariables.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const name = getOperationAST(args.document, args.operationName)?.name?.value ?? null;
  return JSON.stringify(['graphql', facts.text, name, variables]);
}
