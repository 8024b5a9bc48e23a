import type { Options } from '../config/options.js';
import type { Call } from '../schema/call.js';
import type { HitKind } from '../schema/hit-kind.js';
import type { MemoryStatus, MemoryType } from '../schema/memory.js';
import { describeScope, type ReadScope, scopeToRead } from '../scope.js';
import type { Sources } from '../sources.js';
import { findMemories } from '../store/memories.js';
import type { MemoryFilter } from '../store/memory-text.js';
import type { Reader, Store } from '../store/store.js';
import { timeArgument } from '../text/time.js';
import { browse, byPattern, byWords, type Found, type Request } from './candidates.js';
import { readCursor, writeCursor } from './cursor.js';
import { type Hit, packHits } from './hit.js';
import { rank } from './rank.js';

export type Search = ReadScope & {
  readonly query: string;
  /** Omitted or empty means every kind, which is memories as long as there is nothing else. */
  readonly kinds?: readonly HitKind[] | undefined;
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
  const ranked = found.blocks
    .flatMap(block => rank(block, options, filter.asOf ?? now))
    .slice(offset, offset + limit);
  const memories = await store.read(call.namespace, reader =>
    findMemories(
      reader,
      ranked.map(hit => hit.id),
    ),
  );
  const known = new Map(memories.map(memory => [memory.id, memory]));
  const hits = ranked.flatMap(hit => {
    const memory = known.get(hit.id);
    return memory ? { ranked: hit, memory } : [];
  });
  const taken = packHits(hits, {
    budget: input.max_tokens ?? options.searchMaxTokens,
    terms: found.terms,
    detail: input.detail ?? 'snippets',
    explain: input.explain ?? false,
  });
  const more = Math.max(0, found.matches - offset - taken.length);
  const position = { offset: offset + taken.length, asOf: filter.asOf ?? now, validAt: filter.validAt };
  return {
    hits: taken,
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
  const asOf = start?.asOf ?? timeArgument('as_of', input.as_of);
  const since = timeArgument('since', input.since);
  const until = timeArgument('until', input.until);
  return {
    scope: scopeToRead(input, call.home),
    statuses: input.statuses?.length ? input.statuses : ['active'],
    types: input.types ?? [],
    validAt: start?.validAt ?? timeArgument('valid_at', input.valid_at) ?? asOf ?? now,
    ...(asOf !== undefined && { asOf }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}
