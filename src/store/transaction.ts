import type pg from 'pg';

/** What a statement may run on: any connection of a pool, or the one of a transaction. */
export type Queryable = pg.Pool | pg.PoolClient;

/**
 * Runs `action` on one connection, in one transaction: committed when it resolves, rolled back when it throws.
 * A connection that cannot even roll back is not given back to the pool.
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
