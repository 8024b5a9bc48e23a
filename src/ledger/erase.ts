import type { Sources } from '../sources.js';
import { purgeBodies, withBody } from '../store/bodies.js';
import { lastEvent } from '../store/events.js';
import type { Reader, Writer } from '../store/store.js';
import { append } from './ledger.js';
import { eventOwner } from './seal.js';

export type Erasing = {
  readonly stream: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** Names what is forgotten and the owners of the bodies that go with it. */
  readonly payload: Record<string, unknown> & { readonly owners: readonly string[] };
};

/** Erases bodies for good under a PURGE event that names their owners; the chain keeps their hashes. */
export async function erase(
  writer: Writer,
  sources: Sources,
  { stream, at, payload }: Erasing,
): Promise<void> {
  const sequence = await append(writer, sources, { stream, type: 'PURGE', at, payload });
  await purgeBodies(writer, payload.owners, { stream, sequence });
}

/** Owners of the bodies of a stream's events that were not purged yet. */
export async function ownersInStream(reader: Reader, stream: string): Promise<string[]> {
  const last = (await lastEvent(reader, stream))?.sequence ?? 0;
  return withBody(
    reader,
    Array.from({ length: last }, (_, index) => eventOwner(stream, index + 1)),
  );
}
