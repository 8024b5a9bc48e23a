import { type Sql, sql } from '../sql.js';

/** The most dimensions that pgvector takes at once: a row is as many pieces as it needs, in order. */
const PIECE = 16_000;

/** Of unit vectors the inner product is the cosine; `<#>` gives its negative. */
export const cosine = (vector: Float32Array): Sql =>
  pieces(vector).reduce(
    (sum, piece, index) => sql`${sum} - (v.vector[${index + 1}::int] <#> ${piece}::vector)`,
    sql`0::float8`,
  );

/** As text. */
export const pieces = (vector: Float32Array): string[] =>
  Array.from({ length: Math.ceil(vector.length / PIECE) }, (_, index) =>
    text(vector.subarray(index * PIECE, (index + 1) * PIECE)),
  );

export const text = (vector: Float32Array): string => `[${vector.join(',')}]`;
