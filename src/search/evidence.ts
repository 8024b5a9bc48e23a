import { piecesOf } from '../passage/piece.js';
import { type MessageForm, messageForms } from '../store/message-forms.js';
import type { Reader } from '../store/store.js';
import { stem } from '../text/analyse.js';
import { parseTime } from '../text/time.js';
import type { Candidate } from './candidates.js';
import { type Filter, familiesOf } from './families.js';
import { features, type Question, question, type Signals } from './features.js';

export type Weighing = {
  readonly filter: Filter;
  /** The words the query is about. */
  readonly terms: readonly string[];
  readonly now: number;
  readonly semanticWeight: number;
};

/** The candidates, block by block, with what their relevance is made of. An empty query is about nothing. */
export async function weigh(
  reader: Reader,
  query: string,
  { blocks, ...asked }: Weighing & { readonly blocks: readonly (readonly Candidate[])[] },
): Promise<(readonly Candidate[])[]> {
  if (query.trim() === '') return [...blocks];
  const best = await bestScores(reader, asked);
  const about = question(query, { best, now: asked.now, semanticWeight: asked.semanticWeight });
  const weighed: Candidate[][] = [];
  for (const block of blocks) {
    const found = features(await signalsOf(reader, block), about);
    weighed.push(block.map((candidate, at) => ({ ...candidate, features: found[at] ?? {} })));
  }
  return weighed;
}

/** What FTS5 gives a term that is in more than half of the rows. */
const LEAST = 1e-6;

/** The inverse frequencies that BM25 gives the terms in each index, summed. */
async function bestScores(
  reader: Reader,
  { filter, terms }: Pick<Weighing, 'filter' | 'terms'>,
): Promise<Question['best']> {
  const best = { memory: 0, passage: 0 };
  for (const family of familiesOf(filter)) {
    const rows = await family.rows(reader);
    for (const term of terms) {
      const holding = await family.frequency(reader, stem(term));
      best[family.name] += Math.max(LEAST, Math.log((rows - holding + 0.5) / (holding + 0.5)));
    }
  }
  return best;
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
