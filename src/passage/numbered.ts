import type { PassageKind } from '../schema/hit-kind.js';
import { passagesAfter } from '../store/passage-rows.js';
import type { Reader } from '../store/store.js';
import { openNouns } from './read.js';

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
  const before = rows.flatMap(({ previous }) =>
    previous === null ? [] : [{ kind: 'message', owner: previous } as const],
  );
  const nouns = await openNouns(reader, [...rows, ...before]);
  const textOf = (owner: string | null, part: number) => nouns.get(owner ?? '')?.pieces[part]?.text ?? '';
  return rows.map(({ number, kind, owner, part, previous }) => ({
    ...{ number, kind, owner },
    text: textOf(owner, part),
    previous: textOf(previous, 0),
  }));
}
