import { sql } from './sql.js';
import type { Reader, Writer } from './store.js';

/** Whether search still lacks something that an earlier version wrote. Costs one look, however much there is. */
export const isUnindexed = async (reader: Reader): Promise<boolean> =>
  (await reader.get(sql`select 1 from unindexed where namespace = ${reader.namespace}`)) !== undefined;

/** Says that nothing is lacking any more. */
export const markIndexed = (writer: Writer): Promise<number> =>
  writer.run(sql`delete from unindexed where namespace = ${writer.namespace}`);

/** Says that something is. */
export const markUnindexed = (writer: Writer): Promise<number> =>
  writer.run(sql`insert into unindexed (namespace) values (${writer.namespace}) on conflict do nothing`);
