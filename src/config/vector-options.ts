import { EngineError } from '../errors.js';
import { API_KEY } from './endpoint.js';
import type { Option } from './option.js';

/** Where vectors are looked for besides the database, which keeps them in any case. */
export const vectorOptions = {
  vectors: {
    kind: 'text',
    default: undefined,
    defaultText: 'the database',
    pattern: /^qdrant(?:\+https?:\/\/[^\s@?#]{1,500})?$/,
    form: 'qdrant+http://host:port, or qdrant with the address in QDRANT_URL',
    description: 'A vector index beside the database: qdrant+http://127.0.0.1:6333.',
  },
  vectorsCollection: {
    kind: 'text',
    default: undefined,
    defaultText: 'QDRANT_COLLECTION, else mintmark',
    pattern: /^[A-Za-z0-9_-]{1,200}$/,
    form: 'a name of at most 200 letters, digits, _ and -',
    description: 'The collection there, made if absent; of one database and one model alone.',
  },
  vectorsKey: API_KEY,
} as const satisfies Record<string, Option>;

export type VectorPlace = {
  readonly url: string;
  readonly collection: string;
  readonly key: string | undefined;
};

type Given = {
  readonly vectors: string | undefined;
  readonly vectorsCollection: string | undefined;
  readonly vectorsKey: string | undefined;
};

/**
 * The index that is asked for; undefined for none. Its own variables count only where it is: they may be there for
 * another program. Throws `invalid` for an address that is missing or none.
 */
export function vectorPlace(
  { vectors, vectorsCollection, vectorsKey }: Given,
  env: Readonly<Record<string, string | undefined>>,
): VectorPlace | undefined {
  if (vectors === undefined) return undefined;
  const url = vectors.startsWith('qdrant+') ? vectors.slice('qdrant+'.length) : env.QDRANT_URL?.trim();
  if (!url || !/^https?:\/\/[^\s@?#]+$/.test(url))
    throw new EngineError(
      'invalid',
      'vectors is qdrant, and QDRANT_URL is no http:// or https:// address.',
      'Set MINTMARK_VECTORS to qdrant+http://host:port, or QDRANT_URL to the address.',
    );
  return {
    url: url.replace(/\/+$/, ''),
    collection: vectorsCollection ?? (env.QDRANT_COLLECTION?.trim() || 'mintmark'),
    key: vectorsKey ?? (env.QDRANT_API_KEY?.trim() || undefined),
  };
}
