import type { Scope } from '../schema/scope.js';
import { insertPassages, type PassageRow, saysForeign } from '../store/passages.js';
import { internScope } from '../store/scopes.js';
import type { Reader, Writer } from '../store/store.js';
import { indexedText } from './index-text.js';
import type { Piece } from './piece.js';

/** What a noun's passages have in common. */
export type Noun = Pick<PassageRow, 'kind' | 'owner' | 'session_id' | 'run_id' | 'created_at'> & {
  readonly ended_at?: number | null;
  readonly scope: Scope;
};

/** Makes a noun findable, in the transaction that writes it. Messages have neighbours: see `addMessages`. */
export async function addPassages(writer: Writer, noun: Noun, pieces: readonly Piece[]): Promise<void> {
  const scope_id = await internScope(writer, noun.scope);
  await insertPassages(
    writer,
    pieces.map((piece, part) => ({
      row: { ...rowOf(noun, piece, part), scope_id },
      text: indexedText(piece, noun.scope),
    })),
  );
}

export const rowOf = (
  { kind, owner, session_id, run_id, created_at, ended_at = null }: Omit<Noun, 'scope'>,
  { trust, lines }: Piece,
  part: number,
): Omit<PassageRow, 'scope_id'> => ({
  ...{ kind, owner, part, session_id, run_id, sequence: null, trust, created_at, ended_at },
  first_line: lines?.[0] ?? null,
  last_line: lines?.[1] ?? null,
});

/** A summary of what tools returned is trusted no more than they are. */
export async function summaryPiece(reader: Reader, { session_id, covers, text }: Summarised): Promise<Piece> {
  for (const [first, last] of covers)
    if (await saysForeign(reader, session_id, { first, last })) return { text, trust: 'tool' };
  return { text, trust: 'agent' };
}

type Summarised = {
  readonly session_id: string;
  /** Runs of message numbers. */
  readonly covers: readonly (readonly [number, number])[];
  readonly text: string;
};
