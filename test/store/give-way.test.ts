import { expect, it } from 'vitest';
import { sql } from '../../src/store/sql.js';
import type { Reader, Store } from '../../src/store/store.js';
import { storeFor } from '../support/engines.js';

const COUNT = 4;

/** Longer than others are let wait for transactions. */
const long = async (reader: Reader) => {
  await reader.all(sql`select 1 as one`);
  for (const until = performance.now() + 20; performance.now() < until; );
};

it.each<[string, (store: Store) => Promise<void>]>([
  ['write', store => store.write('default', long)],
  ['read', store => store.read('default', long)],
])('%ss that wait for each other leave time for replies, timers and signals', async (_, transaction) => {
  const store = storeFor(':memory:');
  await transaction(store);
  let ended = 0;
  const endedWhenHeard = new Promise<number>(resolve => setImmediate(() => resolve(ended)));
  const one = async () => {
    await transaction(store);
    ended += 1;
  };
  await Promise.all(Array.from({ length: COUNT }, one));
  expect(await endedWhenHeard).toBeLessThan(COUNT);
  await store.close();
});
