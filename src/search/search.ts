import type { Options } from '../config/options.js';
import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { Memory, MemoryStatus, MemoryType, Trust } from '../schema/memory.js';
import { describeScope, describeWritten, type ReadScope, scopeToRead } from '../scope.js';
import type { Sources } from '../sources.js';
import { findMemories } from '../store/memories.js';
import type { MemoryFilter } from '../store/memory-text.js';
import type { Reader, Store } from '../store/store.js';
import { cutToTokens, estimateTokens } from '../text/estimate.js';
import { fence } from '../text/fence.js';
import { pack } from '../text/pack.js';
import { snippet } from '../text/snippet.js';
import { formatTime, parseTime } from '../text/time.js';
import { browse, byPattern, byWords, type Found, type Request } from './candidates.js';
import { readCursor, writeCursor } from './cursor.js';
import { type Parts, type Ranked, rank } from './rank.js';

export type Search = ReadScope & {
  readonly query: string;
  readonly types?: readonly MemoryType[] | undefined;
  readonly statuses?: readonly MemoryStatus[] | undefined;
  readonly mode?: 'lexical' | 'regex' | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly as_of?: string | undefined;
  readonly valid_at?: string | undefined;
  readonly limit?: number | undefined;
  readonly max_tokens?: number | undefined;
  readonly detail?: 'ids' | 'snippets' | 'full' | undefined;
  readonly cursor?: string | undefined;
  readonly explain?: boolean | undefined;
};

export type Hit = {
  readonly uri: string;
  readonly kind: 'memory';
  readonly type?: MemoryType;
  readonly status?: MemoryStatus;
  readonly snippet?: string;
  readonly score: number;
  readonly parts?: Parts;
  readonly trust?: Trust;
  readonly scope?: string;
  readonly created_at?: string;
  readonly superseded_by?: string;
  readonly truncated?: true;
};

export type SearchReply = {
  readonly hits: readonly Hit[];
  /** How many more match beyond this page. */
  readonly more: number;
  readonly next_cursor?: string;
  readonly approximate: true;
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
>;

export type Ground = { readonly store: Store; readonly sources: Sources; readonly options: SearchOptions };

const SNIPPET = 240;

/** Finds memories of the caller's scope, best first, packed into `max_tokens` (estimated) with a cursor for the rest. */
export async function search(
  { store, sources, options }: Ground,
  input: Search,
  call: Call,
): Promise<SearchReply> {
  const { cursor, ...asked } = input;
  const start = cursor === undefined ? undefined : readCursor(cursor, asked);
  const now = sources.now();
  const filter = toFilter(input, call, { now, ...(start && { start }) });
  const limit = input.limit ?? options.searchLimit;
  const offset = start?.offset ?? 0;
  const found =
    input.mode === 'regex'
      ? await byPattern(store, input.query, {
          namespace: call.namespace,
          filter,
          timeoutMs: options.regexTimeoutMs,
        })
      : await store.read(call.namespace, reader =>
          candidates(reader, input.query, { filter, wanted: offset + limit }),
        );
  const ranked = rank(found.candidates, options, filter.asOf ?? now).slice(offset, offset + limit);
  const memories = await store.read(call.namespace, reader =>
    findMemories(
      reader,
      ranked.map(hit => hit.id),
    ),
  );
  const known = new Map(memories.map(memory => [memory.id, memory]));
  const hits = ranked.flatMap(hit => {
    const memory = known.get(hit.id);
    return memory ? toHit(hit, memory, { input, terms: found.terms }) : [];
  });
  const { taken, truncated } = packHits(hits, input.max_tokens ?? options.searchMaxTokens);
  const more = Math.max(0, found.matches - offset - taken.length);
  const position = { offset: offset + taken.length, asOf: filter.asOf ?? now, validAt: filter.validAt };
  return {
    hits: truncated ? taken.map(hit => ({ ...hit, truncated: true as const })) : taken,
    more,
    ...(more > 0 && taken.length > 0 && { next_cursor: writeCursor(position, asked) }),
    approximate: true,
    scope: describeScope(filter.scope),
  };
}

const candidates = (reader: Reader, query: string, request: Request): Promise<Found> =>
  query.trim() === '' ? browse(reader, request) : byWords(reader, query, request);

type Frozen = { readonly now: number; readonly start?: { readonly asOf: number; readonly validAt: number } };

function toFilter(input: Search, call: Call, { now, start }: Frozen): MemoryFilter {
  const asOf = start?.asOf ?? timeOf('as_of', input.as_of);
  const since = timeOf('since', input.since);
  const until = timeOf('until', input.until);
  return {
    scope: scopeToRead(input, call.home),
    statuses: input.statuses?.length ? input.statuses : ['active'],
    types: input.types ?? [],
    validAt: start?.validAt ?? timeOf('valid_at', input.valid_at) ?? asOf ?? now,
    ...(asOf !== undefined && { asOf }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = parseTime(text);
  if (time === undefined)
    throw new EngineError(
      'invalid',
      `${name} is "${text}", which is no ISO 8601 time.`,
      'Write it like 2026-03-01 or 2026-03-01T12:00:00Z.',
    );
  return time;
}

type Shown = { readonly input: Search; readonly terms: readonly string[] };

function toHit(ranked: Ranked<Found['candidates'][number]>, memory: Memory, { input, terms }: Shown): Hit {
  const base = { uri: `memory://${memory.id}`, kind: 'memory' as const, score: round(ranked.score) };
  const explained = input.explain
    ? {
        ...base,
        parts: {
          relevance: round(ranked.parts.relevance),
          importance: ranked.parts.importance,
          recency: round(ranked.parts.recency),
        },
      }
    : base;
  if (input.detail === 'ids') return explained;
  const text = input.detail === 'full' ? memory.content : snippet(memory.content, terms, SNIPPET);
  return {
    ...explained,
    type: memory.type,
    ...(ranked.status !== 'active' && { status: ranked.status }),
    snippet:
      memory.trust === 'tool' || memory.trust === 'import' ? fence(text, `untrusted ${memory.trust}`) : text,
    trust: memory.trust,
    scope: describeWritten(memory),
    created_at: formatTime(memory.created_at),
    ...(memory.superseded_by && { superseded_by: memory.superseded_by }),
  };
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000;

function packHits(hits: readonly Hit[], budget: number) {
  const cost = (hit: Hit) => estimateTokens(JSON.stringify(hit));
  return pack(hits, {
    budget,
    cost,
    cut: hit => ({
      ...hit,
      snippet: cutToTokens(hit.snippet ?? '', Math.max(1, budget - cost({ ...hit, snippet: '' }) - 8)),
    }),
  });
}
