import { createHash } from 'node:crypto';
import type { Numbered } from '../vector-index.js';

// Request bodies of api.qdrant.tech. A test compares each with the types that Qdrant publishes.

export const collectionBody = (dims: number) => ({
  vectors: { size: dims, distance: 'Cosine' as const },
});

/** Points of one space lie together, so that a filter by it costs nothing. */
export const spaceIndexBody = () => ({
  field_name: 'space',
  field_schema: { type: 'keyword' as const, is_tenant: true },
});

export const pointsBody = (space: string, vectors: readonly Numbered[]) => ({
  points: vectors.map(({ id, vector }) => ({
    id: pointId(space, id),
    vector: [...vector],
    payload: { space, id },
  })),
});

export const removalBody = (space: string, ids: readonly number[]) => ({
  points: ids.map(id => pointId(space, id)),
});

export const clearingBody = (space: string) => ({ filter: within(space) });

export const countBody = (space: string) => ({ filter: within(space), exact: true });

export const queryBody = (space: string, vector: Float32Array, limit: number) => ({
  query: [...vector],
  filter: within(space),
  limit,
  with_payload: ['id'],
});

const within = (space: string) => ({ must: [{ key: 'space', match: { value: space } }] });

/** Ids are UUIDs or numbers there; numbers of two spaces would meet. Version 8 is for what is made one's own way (RFC 9562). */
function pointId(space: string, id: number): string {
  const hex = createHash('sha256').update(`${space}/${id}`).digest('hex');
  const [a, b, c, d, e] = [
    [0, 8],
    [8, 12],
    [13, 16],
    [17, 20],
    [20, 32],
  ].map(([from, to]) => hex.slice(from, to));
  return `${a}-${b}-8${c}-8${d}-${e}`;
}
