import { EventEmitter, once } from 'node:events';
import { expect, it } from 'vitest';
import { sql } from '../../src/store/sql.js';
import { storeFor } from '../support/engines.js';
import { temporaryFolder } from '../support/mintmark.js';
import { psql } from '../support/postgres.js';
import { rowsOf } from '../support/stored.js';

it('a write of which a statement failed is never acknowledged, even if nobody was told', async () => {
  const db = temporaryFolder().file('failed.db');
  const store = storeFor(db);
  const writing = store.write('default', async writer => {
    await writer.run(sql`insert into writer_call (namespace, at) values ('default', 1)`);
    await writer.run(sql`insert into nowhere values (1)`).catch(() => {});
    return 'acknowledged';
  });
  await expect(writing).rejects.toThrow('was not committed');
  expect(await rowsOf(db, 'select * from writer_call')).toEqual([]);
  await store.close();
});

it('who waits to write is served in the order of asking, whoever asks again meanwhile', async () => {
  const db = temporaryFolder().file('turns.db');
  const [holding, ...waiting] = Array.from({ length: 8 }, () => storeFor(db));
  if (!holding) throw new Error('no store');
  await using owner = await psql(db);
  const queued = async () => {
    const [row] = await owner.rows<{ count: number }>(
      `select count(*) as count from pg_locks where locktype = 'advisory' and not granted
         and (classid::bigint << 32 | objid::bigint) = hashtextextended('${owner.schema} default', 0)`,
    );
    return row?.count;
  };
  const [held, free] = [new EventEmitter(), new EventEmitter()];
  const beginning = once(held, 'held');
  const holds = holding.write('default', async () => {
    const freed = once(free, 'free');
    held.emit('held');
    await freed;
  });
  await beginning;
  const served: number[] = [];
  const writes: Promise<void>[] = [];
  for (const [index, store] of waiting.entries()) {
    const write = () => store.write('default', async () => void served.push(index));
    writes.push(write().then(write));
    await expect.poll(queued).toBe(index + 1);
  }
  free.emit('free');
  await Promise.all([holds, ...writes]);
  expect(served.slice(0, waiting.length)).toEqual([...waiting.keys()]);
  expect(served).toHaveLength(2 * waiting.length);
  await Promise.all([holding, ...waiting].map(store => store.close()));
});

it('a replica that is older than the schema neither reads nor writes any more', async () => {
  const db = temporaryFolder().file('upgraded.db');
  const store = storeFor(db);
  await store.write('default', writer => writer.get(sql`select 1`));
  await using newer = await psql(db);
  await newer.rows(`insert into migration select max(version) + 1, 'of a later version', '' from migration`);
  const refused = { code: 'upgrade_needed', message: expect.stringContaining('while it was open') };
  await expect(store.read('default', reader => reader.get(sql`select 1`))).rejects.toMatchObject(refused);
  await expect(store.write('default', writer => writer.get(sql`select 1`))).rejects.toMatchObject(refused);
  await store.close();
});
