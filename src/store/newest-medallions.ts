import type { ScopeFilter } from '../schema/scope.js';
import type { Key } from './medallions.js';
import { passesScope } from './scope-lookup.js';
import { inScope } from './scopes.js';
import { sql } from './sql.js';
import type { Reader } from './store.js';

export type Newest = { readonly id: string; readonly updated_at: number };

/** Where counting how common a key is stops: from here on walking any of them finds a page soon. */
const COMMON = 200;

/**
 * The newest active medallions whose scope passes the filter, exactly: newest first, then the higher id. Walks the rows
 * of one key in that order and looks each scope up in the set tables, so a common key ends as soon as the page is full
 * and a rare one when its few rows are through.
 */
export async function newestMedallions(
  reader: Reader,
  filter: ScopeFilter,
  limit: number,
): Promise<Newest[]> {
  const found = new Map<string, Newest>();
  for (const key of await cheapest(reader, waysIn(filter)))
    for (const row of await walk(reader, key, { filter, limit })) found.set(row.id, row);
  return [...found.values()].sort(newestFirst).slice(0, limit);
}

const newestFirst = (left: Newest, right: Newest): number =>
  right.updated_at - left.updated_at || (left.id < right.id ? 1 : -1);

/** Each way is a list of keys of which every passing medallion has at least one. */
function waysIn({ nodes, tags }: ScopeFilter): readonly (readonly Key[])[] {
  const node = (name: string): Key => ({ kind: 'node', name });
  const tagged = tags.length === 0 ? [] : [tags.map((name): Key => ({ kind: 'tag', name }))];
  if (nodes.match === 'everything') return tags.length === 0 ? [[{ kind: 'all', name: '' }]] : tagged;
  if (nodes.match === 'home') return [[...nodes.anyOf, ''].map(node), ...tagged];
  if (nodes.allOf.length === 0) return [[node('')], ...tagged];
  return [...nodes.allOf.map(name => [node(name)]), ...tagged];
}

async function cheapest(reader: Reader, ways: readonly (readonly Key[])[]): Promise<readonly Key[]> {
  const [only = []] = ways;
  if (ways.length === 1) return only;
  let best = { keys: only, rows: Number.POSITIVE_INFINITY };
  for (const keys of ways) {
    let rows = 0;
    for (const key of keys) rows += await countUpTo(reader, key);
    if (rows < best.rows) best = { keys, rows };
  }
  return best.keys;
}

const countUpTo = (reader: Reader, { kind, name }: Key): Promise<number> =>
  reader.count(sql`
    select count(*) as count from (
      select 1 from medallion_newest k
      where k.namespace = ${reader.namespace} and k.kind = ${kind} and k.name = ${name} limit ${COMMON}) few`);

type Walk = { readonly filter: ScopeFilter; readonly limit: number };

const walk = (reader: Reader, { kind, name }: Key, { filter, limit }: Walk): Promise<Newest[]> =>
  reader.all(sql`
    select k.medallion_id as id, k.updated_at from medallion_newest k
    where k.namespace = ${reader.namespace} and k.kind = ${kind} and k.name = ${name} and ${passesScope(reader.namespace, sql`k.scope_id`, filter)}
    order by k.updated_at desc, k.medallion_id desc limit ${limit}`);

export type Then = { readonly asOf: number; readonly limit: number };

/** The same as things stood at a time (Unix ms): looks at every version of the matching scopes. */
export const newestMedallionsAt = (
  reader: Reader,
  filter: ScopeFilter,
  { asOf, limit }: Then,
): Promise<Newest[]> =>
  reader.all(sql`
    select m.id, v.at as updated_at from medallion m
    join medallion_version v on v.namespace = m.namespace and v.medallion_id = m.id and v.version = (
      select max(w.version) from medallion_version w where w.namespace = m.namespace and w.medallion_id = m.id and w.at <= ${asOf})
    where m.namespace = ${reader.namespace} and ${inScope(reader.namespace, sql`m.scope_id`, filter)}
      and not exists (
        select 1 from medallion_superseded s
        where s.namespace = m.namespace and s.medallion_id = m.id and s.version = v.version and s.at <= ${asOf})
    order by v.at desc, m.id desc limit ${limit}`);
