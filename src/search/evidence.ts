import { piecesOf } from '../passage/piece.js';
import { type MessageForm, messageForms } from '../store/message-forms.js';
import type { Reader } from '../store/store.js';
import { parseTime } from '../text/time.js';
import type { Candidate, Found } from './candidates.js';
import { features, question, type Signals } from './features.js';

export type Weighing = Pick<Found, 'blocks' | 'best'> & {
  readonly now: number;
  readonly semanticWeight: number;
};

/** The candidates, block by block, with what their relevance is made of. An empty query is about nothing. */
export async function weigh(
  reader: Reader,
  query: string,
  { blocks, best = { memory: 0, passage: 0 }, ...asked }: Weighing,
): Promise<(readonly Candidate[])[]> {
  if (query.trim() === '') return [...blocks];
  const about = question(query, { best, ...asked });
  const weighed: Candidate[][] = [];
  for (const block of blocks) {
    const found = features(await signalsOf(reader, block), about);
    weighed.push(block.map((candidate, at) => ({ ...candidate, features: found[at] ?? {} })));
  }
  return weighed;
}

async function signalsOf(reader: Reader, block: readonly Candidate[]): Promise<Signals[]> {
  const ids = block.flatMap(({ kind, id }) => (kind === 'message' ? id : []));
  const forms = new Map((ids.length > 0 ? await messageForms(reader, ids) : []).map(form => [form.id, form]));
  return block.map(candidate => ({
    kind: candidate.kind,
    bm25: candidate.raw ?? undefined,
    cosine: candidate.cosine ?? undefined,
    at: candidate.created_at,
    ...(candidate.kind === 'message' && {
      session: candidate.session_id ?? undefined,
      sequence: candidate.sequence ?? undefined,
      ...formOf(forms.get(candidate.id)),
    }),
  }));
}

/** When it was said goes before when it was stored. */
function formOf(form: MessageForm | undefined): Partial<Signals> {
  if (!form) return {};
  const at = parseTime(form.timestamp ?? '');
  return {
    name: form.name ?? undefined,
    ...(form.content !== null && { text: piecesOf('message', form.content)[0]?.text }),
    ...(at !== undefined && { at }),
  };
}
