import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives';
import { GraphQLError, type ParseOptions, type ValidationContext } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Bounds on what is parsed and validated, before any work starts; GraphiQL's introspection takes about 400 tokens. */
const MAX_TOKENS = 2_000;
const MAX_DEPTH = 15;
const MAX_ALIASES = 30;
const MAX_DIRECTIVES = 50;

/** Counts tokens while parsing, so that no large document is ever built. */
function useMaxTokens(): Plugin {
  return {
    onParse({ parseFn, setParseFn }) {
      setParseFn((source: string, options?: ParseOptions) =>
        parseFn(source, { ...options, maxTokens: MAX_TOKENS }),
      );
    },
  };
}

/** Reports an exceeded limit as a validation error with a code. If it was thrown, it would end a socket and have no code. */
const asError = {
  propagateOnRejection: false,
  onReject: [
    (context: ValidationContext | null, error: GraphQLError): void => {
      const message = error.message.replace(/^Syntax Error: /, '');
      context?.reportError(new GraphQLError(message, { extensions: { code: 'OPERATION_TOO_LARGE' } }));
    },
  ],
};

/** The limits for HTTP and WebSocket; the builder limits the cost of an operation. */
export function useLimits(): Plugin[] {
  return [
    useMaxTokens(),
    maxDepthPlugin({ n: MAX_DEPTH, ...asError }) as Plugin,
    maxAliasesPlugin({ n: MAX_ALIASES, ...asError }) as Plugin,
    maxDirectivesPlugin({ n: MAX_DIRECTIVES, ...asError }) as Plugin,
  ];
}
