/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query TaskPage {\n  tasks(first: 50, filter: {agent: [\"assistant\"]}) {\n    totalCount\n    totalCountCapped\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    nodes {\n      id\n      title\n      status\n      reason\n      agent {\n        name\n        isKnown\n      }\n      parent {\n        id\n        title\n      }\n      subtasks {\n        id\n      }\n      retries {\n        id\n      }\n      retryOf {\n        id\n      }\n      inputRequest {\n        id\n        question\n      }\n      lastEvent: history(last: 1) {\n        nodes {\n          type\n          at\n        }\n      }\n      history(first: 3) {\n        nodes {\n          seq\n          type\n          task {\n            id\n          }\n        }\n      }\n      runs {\n        number\n        outcome\n        steps(first: 5) {\n          type\n        }\n      }\n    }\n  }\n}": typeof types.TaskPageDocument,
};
const documents: Documents = {
    "query TaskPage {\n  tasks(first: 50, filter: {agent: [\"assistant\"]}) {\n    totalCount\n    totalCountCapped\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    nodes {\n      id\n      title\n      status\n      reason\n      agent {\n        name\n        isKnown\n      }\n      parent {\n        id\n        title\n      }\n      subtasks {\n        id\n      }\n      retries {\n        id\n      }\n      retryOf {\n        id\n      }\n      inputRequest {\n        id\n        question\n      }\n      lastEvent: history(last: 1) {\n        nodes {\n          type\n          at\n        }\n      }\n      history(first: 3) {\n        nodes {\n          seq\n          type\n          task {\n            id\n          }\n        }\n      }\n      runs {\n        number\n        outcome\n        steps(first: 5) {\n          type\n        }\n      }\n    }\n  }\n}": types.TaskPageDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query TaskPage {\n  tasks(first: 50, filter: {agent: [\"assistant\"]}) {\n    totalCount\n    totalCountCapped\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    nodes {\n      id\n      title\n      status\n      reason\n      agent {\n        name\n        isKnown\n      }\n      parent {\n        id\n        title\n      }\n      subtasks {\n        id\n      }\n      retries {\n        id\n      }\n      retryOf {\n        id\n      }\n      inputRequest {\n        id\n        question\n      }\n      lastEvent: history(last: 1) {\n        nodes {\n          type\n          at\n        }\n      }\n      history(first: 3) {\n        nodes {\n          seq\n          type\n          task {\n            id\n          }\n        }\n      }\n      runs {\n        number\n        outcome\n        steps(first: 5) {\n          type\n        }\n      }\n    }\n  }\n}"): typeof import('./graphql.ts').TaskPageDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
