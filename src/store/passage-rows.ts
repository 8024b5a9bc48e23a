import type { PassageKind } from '../schema/hit-kind.js';
import type { Pieces } from './dialect.js';
import type { PassageRow, PassageText } from './passages.js';
import { anyOf, type Sql, sql } from './sql.js';
import type { Reader } from './store.js';

/** A noun as its passages have to be made from: its body and what its row says of it. */
export type NounRow = Pick<
  PassageRow,
  'kind' | 'owner' | 'session_id' | 'run_id' | 'created_at' | 'ended_at'
> & {
  readonly content: string;
  readonly scope_key: string;
  /** Of a summary, the runs of message numbers that it covers, as JSON. */
  readonly covers: string | null;
};

export type NounKind = Exclude<PassageKind, 'message'>;

export type NounPage = {
  readonly after: string;
  readonly limit: number;
  /** Only those that have no passage. */
  readonly missing: boolean;
};

/** Nouns of a kind in the order of their owners, after one. Messages come by session: see `allMessages`. */
export const pageNouns = (
  reader: Reader,
  kind: NounKind,
  { after, limit, missing }: NounPage,
): Promise<NounRow[]> => {
  const { prefix, select } = NOUNS[kind];
  const lacking = missing
    ? sql`not exists (select 1 from passage p where p.namespace = b.namespace and p.owner = b.owner)`
    : sql`1 = 1`;
  return reader.all(sql`
    select ${kind} as kind, b.owner, b.content, ${select(reader.dialect.pieces)}
      and b.namespace = ${reader.namespace} and b.owner > ${after > prefix ? after : prefix}
      and b.owner < ${`${prefix}\uffff`} and ${lacking}
    order by b.owner limit ${limit}`);
};

/** How a kind is found by the owner of its body, and ends. */
const NOUNS: Readonly<Record<NounKind, { readonly prefix: string; readonly select: (say: Pieces) => Sql }>> =
  {
    medallion: {
      prefix: 'med_',
      select: ({
        before,
        after,
        contains,
      }) => sql`c.key as scope_key, null as session_id, v.run_id, v.at as created_at,
        coalesce(s.at, n.at) as ended_at, null as covers
      from body b cross join medallion_version v
      join medallion m on m.namespace = v.namespace and m.id = v.medallion_id
      join scope c on c.namespace = m.namespace and c.id = m.scope_id
      left join medallion_superseded s
        on s.namespace = v.namespace and s.medallion_id = v.medallion_id and s.version = v.version
      left join medallion_version n
        on n.namespace = v.namespace and n.medallion_id = v.medallion_id and n.version = v.version + 1
      where v.namespace = b.namespace and v.medallion_id = ${before(sql`b.owner`, '/v/')}
        and cast(v.version as text) = ${after(sql`b.owner`, '/v/')} and ${contains(sql`b.owner`, sql`'/v/'`)}`,
    },
    episode: {
      prefix: 'epi_',
      select:
        () => sql`c.key as scope_key, null as session_id, e.run_id, e.created_at, null as ended_at, null as covers
      from body b cross join episode e
      join run r on r.namespace = e.namespace and r.id = e.run_id
      join scope c on c.namespace = r.namespace and c.id = r.scope_id where e.namespace = b.namespace and e.id = b.owner`,
    },
    summary: {
      prefix: 'sum_',
      select: () => sql`c.key as scope_key, u.session_id, null as run_id, u.created_at, u.ended_at, u.covers
      from body b cross join summary u
      join session e on e.namespace = u.namespace and e.id = u.session_id
      join scope c on c.namespace = e.namespace and c.id = e.scope_id where u.namespace = b.namespace and u.id = b.owner`,
    },
    blob: {
      prefix: 'blob_',
      select:
        () => sql`c.key as scope_key, l.session_id, null as run_id, l.created_at, null as ended_at, null as covers
      from body b cross join blob l
      join scope c on c.namespace = l.namespace and c.id = l.scope_id where l.namespace = b.namespace and l.id = b.owner`,
    },
  };

export type StoredPassage = Omit<PassageRow, 'scope_id'> & PassageText & { readonly scope_key: string };

/** Passages of these owners with their text, by owner and part. */
export const passagesOf = (reader: Reader, owners: readonly string[]): Promise<StoredPassage[]> =>
  reader.all(sql`
    select p.kind, p.owner, p.part, c.key as scope_key, p.session_id, p.run_id, p.sequence, p.trust, p.created_at, p.ended_at,
      p.first_line, p.last_line, t.own, t.before, t.after, t.scope
    from passage p left join passage_text t on ${reader.dialect.pieces.textOf(sql`p`)}
      left join scope c on c.namespace = p.namespace and c.id = p.scope_id
    where p.namespace = ${reader.namespace} and p.owner in ${anyOf(owners)} order by p.owner, p.part`);

/** Passages of nouns that there are not, and text of passages that there are not. */
export async function strayPassages(reader: Reader): Promise<{ name: string }[]> {
  const passages = await reader.all<{ name: string }>(sql`
    select p.owner as name from passage p
    where p.namespace = ${reader.namespace} and not exists (
      select 1 from body b where b.namespace = p.namespace and b.owner = p.owner)
    order by p.owner`);
  return [...passages, ...(await reader.dialect.passageText.strays(reader))];
}

/** Sessions with a message that has no passage. */
export async function sessionsToIndex(reader: Reader): Promise<string[]> {
  const rows = await reader.all<{ session_id: string }>(sql`
    select distinct m.session_id from message m
    where m.namespace = ${reader.namespace}
      and not exists (select 1 from passage p where p.namespace = m.namespace and p.owner = m.id)
    order by m.session_id`);
  return rows.map(({ session_id }) => session_id);
}

/** The next messages of a session, in order, that have no passage. */
export const messagesToIndex = (
  reader: Reader,
  sessionId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<
  { id: string; sequence: number; created_at: number; hidden_at: number | null; content: string }[]
> =>
  reader.all(sql`
    select m.id, m.sequence, m.created_at, m.hidden_at, b.content
    from message m join body b on b.namespace = m.namespace and b.owner = m.id
    where m.namespace = ${reader.namespace} and m.session_id = ${sessionId} and m.sequence > ${after}
      and not exists (select 1 from passage p where p.namespace = m.namespace and p.owner = m.id)
    order by m.sequence limit ${limit}`);

export type NumberedPassage = Pick<PassageRow, 'kind' | 'owner' | 'part' | 'ended_at'> & {
  readonly number: number;
  /** Of a message that is shown, the message before it that has words. */
  readonly previous: string | null;
};

/** Passages after a number, in order of numbers. */
export const passagesAfter = (
  reader: Reader,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<NumberedPassage[]> =>
  reader.all(sql`
    select p.number, p.kind, p.owner, p.part, p.ended_at, case when p.kind = 'message' and p.ended_at is null then (
      select q.owner from passage q cross join passage_text t
      where ${reader.dialect.pieces.textOf(sql`q`)} and q.namespace = p.namespace and q.session_id = p.session_id and q.kind = 'message' and q.sequence < p.sequence
        and q.ended_at is null and t.own <> '' order by q.sequence desc limit 1) end as previous
    from passage p where p.namespace = ${reader.namespace} and p.number > ${after} order by p.number limit ${limit}`);
