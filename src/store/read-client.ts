import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { asDatabaseError } from './prisma-error.ts';

const READS = ['findMany', 'findUnique', 'findUniqueOrThrow', 'count'] as const;

/** The reading half of a model. */
type ReadDelegate = Readonly<Record<(typeof READS)[number], (query?: object) => Promise<unknown>>>;

/** Every model, to read. */
export interface ReadClient extends Readonly<Record<Uncapitalize<Prisma.ModelName>, ReadDelegate>> {
  $disconnect(): Promise<void>;
}

/**
 * The Prisma client that the GraphQL schema reads through. Its pool must be a read-only one, so that the write path
 * stays the only one. A delivery's body may be a megabyte and is read only where it is selected; the hash of an API
 * key's secret is never read. Throws what `pg` would throw.
 */
export function createReadClient(pool: pg.Pool): ReadClient {
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool),
    omit: { delivery: { body: true }, apiKey: { secretHash: true } },
  });
  const delegates = new Map<string, ReadDelegate>();
  const delegateOf = (model: string): ReadDelegate => {
    const known = delegates.get(model);
    if (known) return known;
    const delegate = prisma[model as 'task'] as unknown as ReadDelegate;
    const reads = READS.map((name) => [
      name,
      // Begun at once, so that Prisma gathers those of one tick into one statement.
      (query?: object) =>
        delegate[name](query).catch((error: unknown) => {
          throw asDatabaseError(error);
        }),
    ]);
    const made = Object.fromEntries(reads) as ReadDelegate;
    delegates.set(model, made);
    return made;
  };
  const client = { $disconnect: () => prisma.$disconnect() };
  return new Proxy(client, {
    get: (target, name) =>
      typeof name === 'string' && !(name in target) ? delegateOf(name) : target[name as keyof typeof target],
  }) as ReadClient;
}
