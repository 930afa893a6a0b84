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

/** The maximum cost of one operation; a page of 50 tasks with everything that the dashboard shows costs about 2,000. */
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

/** The field of the connection has already multiplied the cost by the page size. */
const AS_ITS_PAGE = { field: 0, multiplier: 1 };

export const builder = new SchemaBuilder<BuilderTypes>({
  plugins: [PrismaPlugin, RelayPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  prisma: {
    // The plugin finds its delegates by name; the reader has those that the caller may read.
    client: ({ reader }) => reader as never,
    dmmf: getDatamodel(),
  },
  relay: {
    cursorType: 'String',
    edgesFieldOptions: {
      complexity: AS_ITS_PAGE,
      nullable: false,
      description: 'The items of the page with their cursors.',
    },
    nodeFieldOptions: { nullable: false, description: 'The item.' },
    nodesOnConnection: { complexity: AS_ITS_PAGE, description: 'The items of the page.' },
    cursorFieldOptions: {
      description: 'The position of the item. Send it as `after` or `before` to continue from here.',
    },
    nodeTypeOptions: { description: 'An object with a unique id.' },
    idFieldOptions: { description: 'A unique id. Its prefix gives the type of the object.' },
    pageInfoTypeOptions: { description: 'The position of a page in its list.' },
    pageInfoFieldOptions: { description: 'The position of this page in the list.' },
    hasNextPageFieldOptions: { description: 'Whether more items follow this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether items precede this page.' },
    startCursorFieldOptions: { description: 'The cursor of the first item. Null: the page is empty.' },
    endCursorFieldOptions: { description: 'The cursor of the last item. Null: the page is empty.' },
    firstArgOptions: {
      description: `The number of items from the start; at most ${LIMITS.maxPageSize}. Default: ${LIMITS.pageSize}.`,
    },
    lastArgOptions: {
      description: `The number of items from the end; at most ${LIMITS.maxPageSize}. Not together with \`first\`.`,
    },
    afterArgOptions: { description: 'Only items after this cursor.' },
    beforeArgOptions: { description: 'Only items before this cursor.' },
    nodeQueryOptions: {
      description: 'Any object by its id. Null: no object has this id.',
      args: { id: { description: 'The id.' } },
      resolve: async (_root, args, context, _info, resolveNode) => {
        // The resolver reads the arguments again, and they belong to this call alone.
        args.id = await settledPlace(context, args.id);
        return resolveNode(args.id);
      },
    },
    nodesQueryOptions: {
      description: 'Objects by their ids, in the same order. Null where no object has the id.',
      args: { ids: { description: 'The ids. Each increases the cost of the operation.' } },
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
    defaultEdgeTypeOptions: { description: 'An item of a list with its cursor.' },
  },
  complexity: {
    limit: { complexity: MAX_COST, depth: MAX_DEPTH, breadth: MAX_BREADTH },
    defaultComplexity: 1,
    defaultListMultiplier: 10,
    complexityError: (kind, result) =>
      new GraphQLError(
        `Operation too large (${kind.toLowerCase()} ${result[kind.toLowerCase() as 'depth']}); at most cost ${MAX_COST}, depth ${MAX_DEPTH}, breadth ${MAX_BREADTH}. Request less, or use several operations.`,
        { extensions: { code: 'OPERATION_TOO_LARGE' } },
      ),
  },
});
