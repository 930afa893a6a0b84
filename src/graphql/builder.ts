import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import { GraphQLError } from 'graphql';
import { LIMITS } from '../domain/limits.ts';
import { getDatamodel } from '../store/generated/pothos.ts';
import type { GraphQLContext } from './context.ts';
import type { Models } from './models.ts';
import { placeOfId, settledPlace } from './node.ts';

/** How much one operation may ask for; a page of 50 tasks with everything the dashboard shows costs about 2,000. */
const MAX_COST = 20_000;
const MAX_DEPTH = 12;
const MAX_BREADTH = 300;

interface BuilderTypes {
  Context: GraphQLContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  PrismaTypes: Models;
  Scalars: {
    ID: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
    DateTime: { Input: Date; Output: Date };
  };
}

/** The connection's own field has multiplied by its page already. */
const AS_ITS_PAGE = { field: 0, multiplier: 1 };

export const builder = new SchemaBuilder<BuilderTypes>({
  plugins: [PrismaPlugin, RelayPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  prisma: {
    // The plugin finds its delegates by name; this one has those that may be read.
    client: ({ reader }) => reader as never,
    dmmf: getDatamodel(),
  },
  relay: {
    cursorType: 'String',
    edgesFieldOptions: {
      complexity: AS_ITS_PAGE,
      nullable: false,
      description: 'The page, each item with its cursor.',
    },
    nodeFieldOptions: { nullable: false, description: 'The item.' },
    nodesOnConnection: { complexity: AS_ITS_PAGE, description: 'The page without the cursors.' },
    cursorFieldOptions: {
      description: 'The place of the item: give it as `after` or `before` to go on from there.',
    },
    nodeTypeOptions: { description: 'Anything with an id of its own.' },
    idFieldOptions: { description: 'Unique everywhere; its prefix says what it names.' },
    pageInfoTypeOptions: { description: 'Where a page stands in its list.' },
    pageInfoFieldOptions: { description: 'Where this page stands in the list.' },
    hasNextPageFieldOptions: { description: 'Whether more follows this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether anything precedes this page.' },
    startCursorFieldOptions: { description: 'The cursor of the first item; null for an empty page.' },
    endCursorFieldOptions: { description: 'The cursor of the last item; null for an empty page.' },
    firstArgOptions: {
      description: `How many from the start: ${LIMITS.pageSize} when nothing is said, ${LIMITS.maxPageSize} at most.`,
    },
    lastArgOptions: {
      description: `How many from the end, ${LIMITS.maxPageSize} at most; not together with \`first\`.`,
    },
    afterArgOptions: { description: 'Only what comes after this cursor.' },
    beforeArgOptions: { description: 'Only what comes before this cursor.' },
    nodeQueryOptions: {
      description: 'Anything by its id; null when there is no such thing.',
      args: { id: { description: 'Its id.' } },
      resolve: async (_root, args, context, _info, resolveNode) => {
        // Which the resolver reads again: the arguments are this call's own.
        args.id = await settledPlace(context, args.id);
        return resolveNode(args.id);
      },
    },
    nodesQueryOptions: {
      description: 'Several things by their ids, in their order; null where there is none.',
      args: { ids: { description: 'Their ids; each counts towards the cost of the operation.' } },
      complexity: (args) => ({
        field: 1,
        multiplier: Math.max(1, (args as { ids: readonly unknown[] }).ids.length),
      }),
      resolve: async (_root, args, context, _info, resolveNodes) => {
        args.ids = await Promise.all(args.ids.map((place) => settledPlace(context, place)));
        return resolveNodes(args.ids);
      },
    },
    encodeGlobalID: (_typename, id) => String(id),
    decodeGlobalID: placeOfId,
    defaultConnectionTypeOptions: { description: 'A page of a list.' },
    defaultEdgeTypeOptions: { description: 'An item of a list with its place in it.' },
  },
  complexity: {
    limit: { complexity: MAX_COST, depth: MAX_DEPTH, breadth: MAX_BREADTH },
    defaultComplexity: 1,
    defaultListMultiplier: 10,
    complexityError: (kind, result) =>
      new GraphQLError(
        `The operation asks for too much (${kind.toLowerCase()} ${result[kind.toLowerCase() as 'depth']}; at most cost ${MAX_COST}, depth ${MAX_DEPTH}, breadth ${MAX_BREADTH}): ask for less, or in several operations.`,
        { extensions: { code: 'OPERATION_TOO_LARGE' } },
      ),
  },
});
