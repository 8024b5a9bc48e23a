import type { VectorTable } from '../dialect.js';
import { type Sql, sql } from '../sql.js';
import { FILTERED, ROWS } from '../vector-families.js';
import { type HandedOut, inSet, type Near, type StoredVector } from '../vectors.js';

/** Of unit vectors: the length of what lies between two says how near they are. sqlite-vec is fastest with that. */
const cosine = (vector: Float32Array): Sql =>
  sql`1 - pow(vec_distance_L2(v.vector, ${bytes(vector)}), 2) / 2`;

/** Vectors as their bytes, of which there are none where there is nothing to compare. */
export const vectors: VectorTable = {
  table: sql`vector`,
  present: sql`length(v.vector) > 0`,
  cosine,
  misfit: dims => sql`length(vector) not in (0, ${dims * 4})`,
  async insert(writer, { model, family }, embedded) {
    let added = 0;
    for (const { row, vector } of embedded)
      added += await writer.run(sql`
        insert into vector (namespace, model_id, family, number, vector)
        select ${writer.namespace}, ${model}, ${family}, r.number, ${vector ? bytes(vector) : NOTHING}
        from ${ROWS[family]} r where r.namespace = ${writer.namespace} and r.number = ${row.number} and r.id = ${row.id}
        on conflict do nothing`);
    return added;
  },
  arrange: async () => false,
  // By comparing each of them: exact, and fast where few pass.
  nearest: (reader, set, { vector, passes, limit }) =>
    reader.all<Near>(sql`
      select v.number, ${cosine(vector)} as cosine
      from ${FILTERED[set.family].rows} cross join vector v on ${inSet(reader.namespace, set)}
        and v.number = ${FILTERED[set.family].number}
      where length(v.vector) > 0 and ${passes}
      order by cosine desc, v.number limit ${limit}`),
  after: (reader, { model, family }, { after, limit }) =>
    reader.all<StoredVector>(sql`
      select id, vector from vector
      where id > ${after} and namespace = ${reader.namespace} and +model_id = ${model} and +family = ${family} and length(vector) > 0
      order by id limit ${limit}`),
  // The plus before the namespace keeps SQLite from reading all rows for a filter of them, page after page.
  handOut: (reader, { model, family }, { after, limit }) =>
    reader.all<HandedOut>(sql`
      select v.id, v.vector, r.number, r.id as row, r.scope_id as scope from vector v cross join ${ROWS[family]} r
      where v.id > ${after} and +v.namespace = ${reader.namespace} and +v.model_id = ${model} and +v.family = ${family}
        and length(v.vector) > 0 and r.namespace = v.namespace and r.number = v.number
      order by v.id limit ${limit}`),
};

const NOTHING = new Uint8Array(0);

const bytes = (vector: Float32Array): Uint8Array =>
  new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
