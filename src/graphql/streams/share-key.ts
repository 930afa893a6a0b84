import { type DocumentNode, type FieldNode, getOperationAST, Kind, print, visit } from 'graphql';

interface DocumentFacts {
  readonly text: string;
  /** Variables that only say where a subscriber begins. */
  readonly placeVariables: ReadonlySet<string>;
  readonly isPersonal: boolean;
}

/** Documents come from the parser's cache, so each is looked at once. */
const known = new WeakMap<DocumentNode, DocumentFacts>();

function placeVariablesOf(document: DocumentNode): Set<string> {
  const names = new Set<string>();
  const isAfter = (field: FieldNode): void => {
    for (const { name, value } of field.arguments ?? []) {
      if (name.value === 'after' && value.kind === Kind.VARIABLE) names.add(value.name.value);
    }
  };
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    for (const field of definition.selectionSet.selections) if (field.kind === Kind.FIELD) isAfter(field);
  }
  // A variable that is used anywhere else changes what is shown, too.
  const uses = new Map<string, number>();
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => {
      uses.set(name.value, (uses.get(name.value) ?? 0) + 1);
    },
  });
  return new Set([...names].filter((name) => uses.get(name) === 1));
}

function factsOf(document: DocumentNode): DocumentFacts {
  const before = known.get(document);
  if (before) return before;
  let isPersonal = false;
  visit(document, {
    Field: ({ name }) => {
      if (name.value === 'viewer') isPersonal = true;
    },
  });
  const facts = { text: print(document), placeVariables: placeVariablesOf(document), isPersonal };
  known.set(document, facts);
  return facts;
}

export interface SharedOperation {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: { readonly [variable: string]: unknown } | null | undefined;
  /** Callers of the same rights are shown the same. */
  readonly rights: string;
}

/** Operations of one key show everybody the same for the same event; undefined: it reads who asks, and is not shared. */
export function shareKey(operation: SharedOperation): string | undefined {
  const facts = factsOf(operation.document);
  if (facts.isPersonal) return undefined;
  const variables = Object.entries(operation.variableValues ?? {})
    .filter(([name]) => !facts.placeVariables.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const name = getOperationAST(operation.document, operation.operationName)?.name?.value ?? null;
  return JSON.stringify([facts.text, name, variables, operation.rights]);
}
