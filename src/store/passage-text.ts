import type { PassageKind } from '../schema/hit-kind.js';
import type { Trust } from '../schema/memory.js';
import type { ScopeFilter } from '../schema/scope.js';
import type { Counted, TextMatch } from './memory-text.js';
import type { PassageRow } from './passages.js';
import { scopePasses } from './scope-lookup.js';
import { among, anyNumber, type Sql, sql } from './sql.js';
import type { Reader } from './store.js';
import { inSet, type SomeVectors } from './vectors.js';

/** What narrows a search of passages besides its words. Times are Unix milliseconds. */
export type PassageFilter = {
  readonly kinds: readonly PassageKind[];
  readonly scope: ScopeFilter;
  readonly sessionId?: string;
  readonly runId?: string;
  readonly since?: number;
  readonly until?: number;
  /** What was there then and not ended yet. Omitted means now. */
  readonly asOf?: number;
};

export type FoundPassage = Pick<PassageRow, 'kind' | 'part' | 'session_id' | 'sequence' | 'created_at'> & {
  /** The owner: of a noun's parts only the best is found. */
  readonly id: string;
  readonly number: number;
  /** BM25, larger is better. */
  readonly raw: number;
};

export type PassageQuery = {
  readonly match: TextMatch;
  readonly filter: PassageFilter;
  readonly limit: number;
  /** Not these row numbers. */
  readonly except?: readonly number[];
};

/** The best part of each noun that matches and passes, best first, ties by owner. */
export const searchPassages = (reader: Reader, query: PassageQuery): Promise<Counted<FoundPassage>[]> =>
  reader.dialect.passageText.search(reader, query);

/** Passages that pass, newest first, in pages below a number. */
export const scanPassages = (
  reader: Reader,
  filter: PassageFilter,
  { below, limit, parts }: PassagePage,
): Promise<Omit<FoundPassage, 'raw'>[]> =>
  reader.all(sql`
    select p.owner as id, p.number, p.kind, p.part, p.session_id, p.sequence, p.created_at from passage p
    where p.number < ${below} and p.part <= ${parts === 'first' ? 0 : Number.MAX_SAFE_INTEGER}
      and ${passagePasses(reader.namespace, filter)} order by p.number desc limit ${limit}`);

/** Those of some rows that pass. */
export const passingPassages = (
  reader: Reader,
  filter: PassageFilter,
  numbers: readonly number[],
): Promise<Omit<FoundPassage, 'raw'>[]> =>
  reader.all(sql`
    select p.owner as id, p.number, p.kind, p.part, p.session_id, p.sequence, p.created_at
    from ${anyNumber(numbers)} n cross join passage p
    where p.number = n.value and ${passagePasses(reader.namespace, filter, numbers.length)}`);

/** Those that pass of the rows that some vectors belong to, each with the id of its vector. */
export const passagesOfVectors = (
  reader: Reader,
  filter: PassageFilter,
  { set, ids }: SomeVectors,
): Promise<(Omit<FoundPassage, 'raw'> & { readonly vector: number })[]> =>
  reader.all(sql`
    select v.id as vector, p.owner as id, p.number, p.kind, p.part, p.session_id, p.sequence, p.created_at
    from ${anyNumber(ids)} chosen cross join ${reader.dialect.vectors.table} v cross join passage p
    where v.id = chosen.value and p.number = v.number and ${inSet(reader.namespace, set)}
      and ${passagePasses(reader.namespace, filter, ids.length)}`);

export type PassagePage = {
  readonly below: number;
  readonly limit: number;
  /** The first of each noun, which is one for each noun, or all. */
  readonly parts: 'first' | 'all';
};

export const countScanned = (reader: Reader, filter: PassageFilter): Promise<number> =>
  reader.count(sql`
    select count(*) as count from passage p where p.part = 0 and ${passagePasses(reader.namespace, filter)}`);

/** A condition on a row `p`, for about so many rows. */
export function passagePasses(
  namespace: string,
  filter: PassageFilter,
  rows = Number.POSITIVE_INFINITY,
): Sql {
  const { kinds, scope, sessionId, runId, since = 0, until = Number.MAX_SAFE_INTEGER, asOf } = filter;
  const there =
    asOf === undefined
      ? sql`p.ended_at is null`
      : sql`p.created_at <= ${asOf} and (p.ended_at is null or p.ended_at > ${asOf})`;
  const session = sessionId === undefined ? sql`1 = 1` : sql`p.session_id = ${sessionId}`;
  const run = runId === undefined ? sql`1 = 1` : sql`p.run_id = ${runId}`;
  return sql`p.namespace = ${namespace} and ${there} and ${among(sql`p.kind`, kinds)} and ${session} and ${run}
    and p.created_at >= ${since} and p.created_at < ${until} and ${scopePasses(namespace, sql`p.scope_id`, { scope, rows })}`;
}

/** How many passages hold each stemmed term that any passage holds. */
export const passageFrequencies = (
  reader: Reader,
  stemmedTerms: readonly string[],
): Promise<ReadonlyMap<string, number>> => reader.dialect.passageText.frequencies(reader, stemmedTerms);

/** An upper bound of the number of passages, without counting them. */
export async function highestPassage(reader: Reader): Promise<number> {
  const row = await reader.get<{ number: number | null }>(
    reader.dialect.pieces.highest(sql`passage`, reader.namespace),
  );
  return row?.number ?? 0;
}

/** A passage with what its trust and scope depend on. */
export type ReadPassage = Omit<PassageRow, 'scope_id'> & {
  readonly number: number;
  readonly scope_key: string;
  /** Of the session of a message or summary, or the run of an episode. */
  readonly outer_trust: Trust | null;
};

export const passagesByNumber = (reader: Reader, numbers: readonly number[]): Promise<ReadPassage[]> =>
  reader.all(sql`
    select p.number, p.kind, p.owner, p.part, p.session_id, p.run_id, p.sequence, p.trust, p.created_at, p.ended_at,
      p.first_line, p.last_line, c.key as scope_key, coalesce(e.trust, r.trust) as outer_trust
    from passage p join scope c on c.namespace = p.namespace and c.id = p.scope_id
      left join session e on e.namespace = p.namespace and e.id = p.session_id and p.kind in ('message', 'summary')
      left join run r on r.namespace = p.namespace and r.id = p.run_id and p.kind = 'episode'
    where p.namespace = ${reader.namespace} and p.number in ${anyNumber(numbers)}`);
