import type { PassageKind } from '../schema/hit-kind.js';
import { bodiesOf } from '../store/imports.js';
import { type NumberedPassage, passagesAfter } from '../store/passage-rows.js';
import type { Reader } from '../store/store.js';
import { type Piece, piecesOf } from './piece.js';

/** A passage by the number its index rows share, which is never given to another. */
export type Numbered = {
  readonly number: number;
  readonly kind: PassageKind;
  readonly owner: string;
  /** As it was written, not analysed. */
  readonly text: string;
  /** Of a message that is shown: what was said before it. Else empty. */
  readonly previous: string;
};

/** The passages after a number with their text, in order of numbers: what a second index has yet to take in. */
export async function numberedPassages(
  reader: Reader,
  page: { readonly after: number; readonly limit: number },
): Promise<Numbered[]> {
  const rows = await passagesAfter(reader, page);
  const owners = rows.flatMap(({ owner, previous }) => (previous === null ? [owner] : [owner, previous]));
  const bodies = await bodiesOf(reader, [...new Set(owners)]);
  const opened = new Map<string, readonly Piece[]>();
  const pieces = (kind: PassageKind, owner: string): readonly Piece[] => {
    const body = bodies.get(owner);
    const known = opened.get(owner) ?? (body ? piecesOf(kind, body.content) : []);
    opened.set(owner, known);
    return known;
  };
  return rows.map(({ number, kind, owner, part, previous }: NumberedPassage) => ({
    number,
    kind,
    owner,
    text: pieces(kind, owner)[part]?.text ?? '',
    previous: previous === null ? '' : (pieces(kind, previous)[0]?.text ?? ''),
  }));
}
