import type { Options } from '../config/options.js';
import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { Sources } from '../sources.js';
import type { Reader, Store } from '../store/store.js';
import { withBeginnings } from './beginnings.js';
import { browse, byWords, type Candidate, type Found, type Request } from './candidates.js';
import { distinct, type Keyed, keyed } from './copies.js';
import { readCursor, writeCursor } from './cursor.js';
import { weigh } from './evidence.js';
import { type Narrowing, type Resolved, resolve } from './filter.js';
import { coveringOf, grouped } from './groups.js';
import { type Hit, packHits } from './hit.js';
import { literal } from './literal.js';
import { byMeaning } from './meaning.js';
import { eventIn, periodOf } from './named-events.js';
import { byLiteral, byPattern, type Scan } from './pattern.js';
import { explained, order, type Ranked, rank } from './rank.js';
import { type Rerank, reaching, reranked } from './rerank.js';
import type { Missing, Question, Semantic } from './semantic.js';
import { shownFor } from './show.js';
import type { Period } from './temporal.js';
import { undecided } from './undecided.js';
import type { FeatureWeights } from './weights.js';

export type Search = Narrowing & {
  readonly query: string;
  /** Default hybrid: by words and, where an embedder is set up, by meaning. */
  readonly mode?: 'hybrid' | 'lexical' | 'semantic' | 'regex' | undefined;
  readonly limit?: number | undefined;
  readonly max_tokens?: number | undefined;
  readonly detail?: 'ids' | 'snippets' | 'full' | undefined;
  readonly cursor?: string | undefined;
  readonly explain?: boolean | undefined;
};

export type SearchReply = {
  readonly hits: readonly Hit[];
  /** How many more match beyond this page. */
  readonly more: number;
  readonly next_cursor?: string;
  readonly approximate: true;
  /** Why the search went by words alone, was not reranked, or recalls nothing yet; whether no hit holds a word of the query. */
  readonly note?: string;
  readonly scope: string;
};

export type SearchOptions = Pick<
  Options,
  | 'searchLimit'
  | 'searchMaxTokens'
  | 'regexTimeoutMs'
  | 'relevanceWeight'
  | 'importanceWeight'
  | 'recencyWeight'
  | 'recencyDays'
  | 'semanticWeight'
  | 'semanticFloor'
  | 'batchExpiryDays'
>;

export type Ground = {
  readonly store: Store;
  readonly sources: Sources;
  readonly options: SearchOptions;
  /** Omitted without an embedder. */
  readonly semantic?: Semantic | undefined;
  /** Omitted without a reranker. */
  readonly rerank?: Rerank | undefined;
  /** Other weights of features than the table's: benches leave some out. */
  readonly weights?: FeatureWeights | undefined;
};

/**
 * Finds memories and passages of every other noun in the caller's scope, best first, packed into `max_tokens`
 * (estimated) with a cursor for the rest. Of memories that say the same a page shows one. A pattern's hits within one
 * session come by the summary that covers them.
 */
export async function search(
  { store, sources, options, ...place }: Ground,
  given: Search,
  call: Call,
): Promise<SearchReply> {
  const input = isEverything(given) ? { ...given, query: '' } : given;
  const { cursor, ...asked } = input;
  const start = cursor === undefined ? undefined : readCursor(cursor, asked);
  const now = sources.now();
  const limit = input.limit ?? options.searchLimit;
  const offset = start?.offset ?? 0;
  const frozen = { call, now, ...(start && { start }) };
  const page = { from: offset, to: offset + limit };
  const found = await foundPage({ store, options, ...place }, input, { frozen, page });
  const hits = distinct(found.hits);
  const taken = packHits(hits, {
    budget: input.max_tokens ?? options.searchMaxTokens,
    terms: found.terms,
    detail: input.detail ?? 'snippets',
    explain: input.explain ?? false,
  });
  const { asOf, validAt, scope } = found.resolved;
  const next = offset + (hits[taken.length - 1]?.through ?? 0);
  const more = Math.max(0, found.matches - next);
  const seen = { ...options, now, matches: found.matches, first: offset === 0 };
  const waits = await undecided({ store, namespace: call.namespace }, found.resolved, seen);
  const { impossible = [] } = found.resolved;
  const notes = [...found.notes, impossible, waits].flat().join(' ');
  const position = { offset: next, asOf: asOf ?? now, validAt };
  return {
    hits: taken,
    more,
    ...(more > 0 && taken.length > 0 && { next_cursor: writeCursor(position, asked) }),
    approximate: true,
    ...(notes !== '' && { note: notes }),
    scope,
  };
}

/** As other tools are asked for all there is. */
const isEverything = ({ query, mode }: Search): boolean => mode !== 'regex' && query.trim() === '*';

type Place = Pick<Ground, 'store' | 'options' | 'semantic' | 'rerank' | 'weights'>;
type Asked = {
  readonly frozen: Parameters<typeof resolve>[2];
  readonly page: { readonly from: number; readonly to: number };
};
type ToPack = Parameters<typeof packHits>[0][number];
type Page = Pick<Found, 'matches' | 'terms'> & {
  readonly hits: readonly Keyed<ToPack>[];
  readonly resolved: Resolved;
  readonly notes: readonly string[];
};

/** Signs that no index holds are looked for as they stand; where they stand nowhere, a model may know what they mean. */
async function foundPage(place: Place, input: Search, asked: Asked): Promise<Page> {
  const { store, options } = place;
  const { query, mode } = input;
  if (mode === 'regex') {
    const { regexTimeoutMs: timeoutMs } = options;
    return scanPage(place, input, { ...asked, scan: by => byPattern(store, query, { ...by, timeoutMs }) });
  }
  const source = mode === 'semantic' ? undefined : literal(query);
  if (source !== undefined) {
    const found = await scanPage(place, input, { ...asked, scan: by => byLiteral(store, source, by) });
    if (found.matches > 0) return found;
  }
  return wordsPage(place, input, asked);
}

/** All but what models are asked is in one read, so that no hit goes between finding and showing it. */
async function wordsPage(
  { store, options, semantic, rerank, weights }: Place,
  input: Search,
  { frozen, page }: Asked,
): Promise<Page> {
  const { question, note } = await asked(semantic, input, frozen.call);
  const window = reaching(rerank, input.query, page);
  const found = await store.read(frozen.call.namespace, async reader => {
    const resolved = await resolve(reader, input, frozen);
    const { filter } = resolved;
    const words =
      input.mode === 'semantic' && input.query.trim() !== ''
        ? NOTHING
        : await candidates(reader, input.query, { filter, wanted: window.to });
    const asking = question && semantic && { filter, semantic, question, floor: options.semanticFloor };
    const { blocks, ...found } = asking ? await byMeaning(reader, asking, words) : words;
    const now = resolved.asOf ?? frozen.now;
    const { semanticWeight } = options;
    const around = await eventPeriod(reader, input, { frozen, now });
    const weighed = await weigh(reader, input.query, {
      ...{ blocks, now, semanticWeight, weights, ...found },
      ...(around && { around }),
    });
    const ordered = weighed.flatMap(block => order(block, options, now));
    const show = async (from: number, to: number) => {
      const ranked = ordered.slice(from, to).map(placed => explained(placed, options, now));
      return keyed(await shownFor(reader, ranked), input.detail);
    };
    const hits = await filled(show, { ...window, end: ordered.length });
    const notes = isStrange(words) && hits.length > 0 ? [STRANGE] : [];
    return { resolved, hits, notes, ...found };
  });
  const read = await reranked(rerank, { query: input.query, hits: found.hits, page });
  return {
    ...found,
    hits: read.hits,
    notes: [...found.notes, ...[note, read.note].filter(one => one !== undefined)],
  };
}

const STRANGE = 'No hit holds a word of the query: they are near in meaning at most.';

const isStrange = ({ terms, matches }: Found): boolean => terms.length > 0 && matches === 0;

type Reach = Asked['page'] & { readonly end: number };

/** As many hits as a page has room for, and with them those that say the same as one of these. */
async function filled<T extends Keyed<ToPack>>(
  show: (from: number, to: number) => Promise<T[]>,
  { from, to, end }: Reach,
): Promise<T[]> {
  const hits = await show(from, to);
  for (let at = to; at < end; ) {
    const copies = hits.length - new Set(hits.map(({ key }) => key)).size;
    const missing = to - from + copies - hits.length;
    if (copies === 0 || missing <= 0) break;
    hits.push(...(await show(at, at + missing)));
    at += missing;
  }
  return hits;
}

/** What is said of an event tells when it was: memories, episodes and checkpoints of the scope, whatever is searched. */
async function eventPeriod(
  reader: Reader,
  { query, graph_nodes, tags, all, as_of }: Search,
  { frozen, now }: { readonly frozen: Asked['frozen']; readonly now: number },
): Promise<Period | undefined> {
  const event = eventIn(query, now);
  if (!event) return undefined;
  const telling = { graph_nodes, tags, all, as_of, kinds: ['memory', 'episode', 'medallion'] } as const;
  const { filter } = await resolve(reader, telling, frozen);
  return periodOf(reader, event, filter);
}

const candidates = async (reader: Reader, query: string, request: Request): Promise<Found> =>
  query.trim() === ''
    ? browse(reader, request)
    : byWords(reader, await withBeginnings(reader, query, request.filter), request);

const NOTHING: Found = { blocks: [], matches: 0, terms: [] };

/** The query as a vector, or why there is none where one was asked for. An empty query means nothing. */
async function asked(
  semantic: Semantic | undefined,
  { query, mode }: Search,
  { namespace }: Call,
): Promise<{ readonly question?: Question; readonly note?: string }> {
  if (mode === 'lexical' || query.trim() === '') return {};
  const answer = semantic ? await semantic.ask(namespace, query) : NO_EMBEDDER;
  if (!('missing' in answer)) return { question: answer };
  if (mode === 'semantic' && answer.meaningless) return { note: `Nothing is near: ${answer.missing}.` };
  if (mode === 'semantic')
    throw new EngineError(
      'unavailable',
      `There is no search by meaning: ${answer.missing}.`,
      'Repeat the call with mode "lexical", or see `status` for what the embedder waits for.',
    );
  return answer.usual && mode === undefined ? {} : { note: `By words only: ${answer.missing}.` };
}

const NO_EMBEDDER: Missing = { missing: 'no embedder is set up', usual: true };

type Scanning = Asked & { readonly scan: (by: Scan) => Promise<Found> };

/** Many reads, so that nobody waits for a slow pattern; the last shows what is left of it. */
async function scanPage(
  { store, options }: Place,
  input: Search,
  { frozen, page, scan }: Scanning,
): Promise<Page> {
  const { namespace } = frozen.call;
  const resolved = await store.read(namespace, reader => resolve(reader, input, frozen));
  const { blocks, ...found } = await scan({ namespace, filter: resolved.filter });
  const now = resolved.asOf ?? frozen.now;
  const ranked = blocks.flatMap(candidates => rank({ candidates }, options, now));
  const hits = await store.read(namespace, reader =>
    resolved.sessionId === undefined
      ? shownFor(reader, ranked.slice(page.from, page.to))
      : bySummary(reader, ranked, { sessionId: resolved.sessionId, at: now, page }),
  );
  return { ...found, resolved, hits: keyed(hits, input.detail), notes: [] };
}

type Grouping = Pick<Asked, 'page'> & { readonly sessionId: string; readonly at: number };

async function bySummary(
  reader: Reader,
  ranked: readonly Ranked<Candidate>[],
  { sessionId, at, page }: Grouping,
): Promise<readonly ToPack[]> {
  const covering = await coveringOf(reader, sessionId, at);
  const hits = await shownFor(reader, grouped(ranked, covering).slice(page.from, page.to));
  return hits.map(({ ranked: one, shown }) => {
    const summary = one.kind === 'message' && one.sequence !== null ? covering(one.sequence) : undefined;
    const fields = { ...shown.fields, ...(summary && { covered_by: `summary://${summary.id}` }) };
    return { ranked: one, shown: { ...shown, fields } };
  });
}
