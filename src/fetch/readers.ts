import { EngineError } from '../errors.js';
import { readMemory } from '../memory/read.js';
import type { Call } from '../schema/call.js';
import type { Trust } from '../schema/memory.js';
import type { Store } from '../store/store.js';

export type Meta = Readonly<Record<string, string | number | readonly string[]>>;

/** What a URI stands for, whole and unfenced. */
export type Readable = {
  readonly text: string;
  readonly trust: Trust;
  readonly scope: string;
  readonly meta: Meta;
};

type Named = {
  readonly id: string;
  readonly version?: string | undefined;
  readonly asOf?: number | undefined;
};
type Family = {
  readonly kind: string;
  readonly pattern: RegExp;
  read(store: Store, call: Call, named: Named): Promise<Readable>;
};

const FAMILIES: readonly Family[] = [
  { kind: 'memory', pattern: /^(?:memory:\/\/)?(mem_[A-Za-z0-9]+)$/, read: readOneMemory },
];

export type Found = Readable & { readonly uri: string; readonly kind: string };

/** Reads a URI, or a bare id where the noun has one, as it was at `asOf` (Unix ms). Throws `invalid` and `not_found`. */
export async function readUri(
  store: Store,
  call: Call,
  { uri, asOf }: { readonly uri: string; readonly asOf?: number | undefined },
): Promise<Found> {
  for (const { kind, pattern, read } of FAMILIES) {
    const [, id, version] = pattern.exec(uri.trim()) ?? [];
    if (id === undefined) continue;
    const bare = uri.trim().includes('://') ? uri.trim() : `${kind}://${id}`;
    return { uri: bare, kind, ...(await read(store, call, { id, version, asOf })) };
  }
  throw new EngineError(
    'invalid',
    `"${uri}" is no URI of mintmark.`,
    'Pass a uri as search and load_by_scope return it, such as memory://mem_….',
  );
}

async function readOneMemory(store: Store, call: Call, { id, asOf }: Named): Promise<Readable> {
  const { memory, view } = await readMemory(store, call, { id, asOf });
  const { content: _content, scope, ...meta } = view;
  return { text: memory.content, trust: memory.trust, scope: String(scope), meta };
}
