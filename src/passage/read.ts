import type { PassageKind } from '../schema/hit-kind.js';
import { bodiesOf } from '../store/bodies.js';
import type { Reader } from '../store/store.js';
import { type Piece, piecesOf } from './piece.js';

/** A noun's body as it is stored, and what there is to find in it. */
export type Opened = { readonly content: string; readonly pieces: readonly Piece[] };

export type Owner = { readonly kind: PassageKind; readonly owner: string };

/** The bodies of nouns, each opened once, by owner. One that was purged meanwhile is missing. */
export async function openNouns(
  reader: Reader,
  nouns: readonly Owner[],
): Promise<ReadonlyMap<string, Opened>> {
  const kinds = new Map(nouns.map(({ owner, kind }) => [owner, kind]));
  const bodies = await bodiesOf(reader, [...kinds.keys()]);
  const opened = new Map<string, Opened>();
  for (const [owner, kind] of kinds) {
    const content = bodies.get(owner)?.content;
    if (content !== undefined) opened.set(owner, { content, pieces: piecesOf(kind, content) });
  }
  return opened;
}
