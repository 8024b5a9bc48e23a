import { piecesOf } from '../passage/piece.js';
import { type MessageForm, messageForms } from '../store/message-forms.js';
import type { Reader } from '../store/store.js';
import { parseTime } from '../text/time.js';
import type { Candidate, Found } from './candidates.js';
import { certaintyOf, features, question, type Signals } from './features.js';
import type { Block } from './rank.js';
import type { Period } from './temporal.js';
import type { FeatureWeights } from './weights.js';

export type Weighing = Pick<Found, 'blocks' | 'best'> & {
  readonly now: number;
  readonly semanticWeight: number;
  /** A time that the query speaks of by naming an event. */
  readonly around?: Period;
  readonly weights?: FeatureWeights | undefined;
};

/** The candidates, block by block, with what their relevance is made of. An empty query is about nothing. */
export async function weigh(
  reader: Reader,
  query: string,
  { blocks, best = { memory: 0, passage: 0 }, ...asked }: Weighing,
): Promise<Block<Candidate>[]> {
  if (query.trim() === '') return blocks.map(candidates => ({ candidates }));
  const about = question(query, { best, ...asked });
  const weighed: Block<Candidate>[] = [];
  for (const candidates of blocks) {
    const signals = await signalsOf(reader, candidates);
    weighed.push({
      candidates,
      features: features(signals, about),
      certainty: certaintyOf(signals, about),
    });
  }
  return weighed;
}

async function signalsOf(reader: Reader, block: readonly Candidate[]): Promise<Signals[]> {
  const ids = block.flatMap(({ kind, id }) => (kind === 'message' ? id : []));
  const forms = new Map((ids.length > 0 ? await messageForms(reader, ids) : []).map(form => [form.id, form]));
  return block.map(candidate => {
    const { kind, raw, cosine, created_at: at } = candidate;
    const found = { kind, bm25: raw ?? undefined, cosine: cosine ?? undefined, at };
    if (candidate.kind !== 'message') return found;
    const { id, session_id, sequence } = candidate;
    const place = { session: session_id ?? undefined, sequence: sequence ?? undefined };
    return Object.assign(found, place, formOf(forms.get(id)));
  });
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
