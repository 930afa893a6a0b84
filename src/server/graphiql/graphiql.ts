import type { IncomingMessage } from 'node:http';
import type { Page } from '../../pages/page.ts';
import type { FileAnswer } from '../../pages/static-files.ts';
import { graphiqlFiles } from './files.ts';
import { graphiqlPage } from './page.ts';

const FOLDER = '/graphiql/';

export interface Graphiql {
  page(): Promise<Page>;
  /** Undefined for an unknown path. */
  file(pathname: string, request: IncomingMessage): Promise<FileAnswer | undefined>;
}

export function graphiql(): Graphiql {
  const files = graphiqlFiles();
  return {
    page: () => graphiqlPage(files),
    file: async (pathname, { url, headers }) => {
      if (!pathname.startsWith(FOLDER)) return undefined;
      const query = new URLSearchParams((url ?? '').split('?', 2)[1]);
      return files.answer(pathname.slice(FOLDER.length), {
        version: query.get('v'),
        acceptEncoding: headers['accept-encoding']?.toString() ?? null,
        ifNoneMatch: headers['if-none-match'] ?? null,
      });
    },
  };
}
