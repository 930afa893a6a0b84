import type pg from 'pg';

/** Anything that can run a statement: a pool, or the connection of a transaction. */
export type Queryable = pg.Pool | pg.PoolClient;

/**
 * Runs `action` in one transaction on one connection: committed if it resolves, rolled back if it throws.
 * A connection whose rollback fails is not returned to the pool.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  action: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await action(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
