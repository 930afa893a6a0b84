import { pino } from 'pino';
import { expect, test } from 'vitest';
import { isDatabaseAway } from '../../../src/core/database-away.ts';
import { createPool } from '../../../src/store/postgres/pools.ts';
import { createReadClient } from '../../../src/store/read-client.ts';
import { testDatabase } from '../../fixtures/database.ts';
import { testPool } from '../../fixtures/pool.ts';
import { incoming, webhookTrigger } from '../../fixtures/trigger-rows.ts';

const log = pino({ level: 'silent' });

test('the database refuses every write through a read-only pool, for any parameters in the URL', async () => {
  await using database = await testDatabase();
  const url = new URL(database.url);
  url.searchParams.set('options', '-c default_transaction_read_only=off');
  const pool = createPool({ url: url.href, name: 'reads', max: 2, readOnly: true }, log);
  const statements = [
    'delete from workers',
    `update triggers set name = 'other'`,
    `insert into log_cursors values ('x', 0)`,
    'create table anything (id int)',
  ];
  for (const statement of statements) {
    await expect(pool.query(statement), statement).rejects.toMatchObject({ code: '25006' });
  }
  await pool.end();
});

test('the read client cannot write, and its errors have the form of errors of pg', async () => {
  await using database = await testDatabase();
  const pool = createPool({ url: database.url, name: 'reads', max: 2, readOnly: true }, log);
  const reads = createReadClient(pool);
  expect(Object.keys(reads.task).sort()).toEqual(['count', 'findMany', 'findUnique', 'findUniqueOrThrow']);
  expect(await reads.task.findMany({ take: 1 })).toEqual([]);
  await expect(reads.task.findMany({ where: { id: 'a\0b' } })).rejects.toMatchObject({ code: '22021' });
  await reads.$disconnect();
  await pool.end();

  const nowhere = createPool(
    { url: 'postgresql://nobody@127.0.0.1:1/nothing', name: 'nowhere', max: 1 },
    log,
  );
  const error = await createReadClient(nowhere)
    .task.findMany({ take: 1 })
    .catch((thrown: unknown) => thrown);
  expect(isDatabaseAway(error)).toBe(true);
  await nowhere.end();
});

test('the body of a delivery is read only where it is selected', async () => {
  await using database = await testDatabase();
  const writes = testPool({ connectionString: database.url, max: 1 });
  const id = await incoming(writes, await webhookTrigger(writes), { body: 'hello' });
  const pool = createPool({ url: database.url, name: 'reads', max: 2, readOnly: true }, log);
  const reads = createReadClient(pool);
  const [head] = (await reads.delivery.findMany({ where: { id } })) as object[];
  expect(head).not.toHaveProperty('body');
  const whole = (await reads.delivery.findUnique({ where: { id }, select: { body: true } })) as {
    body: Uint8Array;
  };
  expect(Buffer.from(whole.body).toString()).toBe('hello');
  await reads.$disconnect();
  await pool.end();
  await writes.end();
});
