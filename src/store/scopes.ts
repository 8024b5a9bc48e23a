import type { Scope, ScopeFilter } from '../schema/scope.js';
import { canonicalJson } from '../text/hash.js';
import { type Into, insertAll } from './insert.js';
import { among, and, anyOf, type Sql, sql } from './sql.js';
import type { Reader, Writer } from './store.js';
import { together } from './together.js';

const keyOf = ({ graph_nodes, tags }: Scope): string => canonicalJson({ graph_nodes, tags });

/** The id of a scope under which something was stored before. */
export async function knownScope(reader: Reader, scope: Scope): Promise<number | undefined> {
  const key = keyOf(scope);
  return (await knownKeys(reader, [key])).get(key);
}

async function knownKeys(reader: Reader, keys: readonly string[]): Promise<Map<string, number>> {
  const rows = await reader.all<{ id: number; key: string }>(sql`
    select id, key from scope where namespace = ${reader.namespace} and ${reader.dialect.pieces.keyed(keys)}`);
  return new Map(rows.map(({ id, key }) => [key, id]));
}

/** Every distinct scope is one row, so that filters compare integers. Returns the id of each. */
export async function internScopes(writer: Writer, scopes: readonly Scope[]): Promise<number[]> {
  if (scopes.length === 0) return [];
  const keys = scopes.map(keyOf);
  const known = await knownKeys(writer, [...new Set(keys)]);
  const ids: number[] = [];
  for (const [index, scope] of scopes.entries()) {
    const key = keys[index] ?? '';
    const id = known.get(key) ?? (await insertScope(writer, scope));
    known.set(key, id);
    ids.push(id);
  }
  return ids;
}

export async function internScope(writer: Writer, scope: Scope): Promise<number> {
  return (await knownScope(writer, scope)) ?? insertScope(writer, scope);
}

async function insertScope(writer: Writer, scope: Scope): Promise<number> {
  const { graph_nodes, tags } = scope;
  const key = keyOf(scope);
  const added = await writer.get<{ id: number }>(sql`
    insert into scope (namespace, key, graph_nodes, tags)
    values (${writer.namespace}, ${key}, ${canonicalJson(graph_nodes)}, ${canonicalJson(tags)}) returning id`);
  if (!added) throw new Error('An inserted scope has no id.');
  const { id } = added;
  await together([
    insertAll(
      writer,
      NODES,
      graph_nodes.map(node => [node, id]),
    ),
    insertAll(
      writer,
      TAGS,
      tags.map(tag => [tag, id]),
    ),
  ]);
  return id;
}

const NODES: Into = { table: 'scope_node', columns: ['node', 'scope_id'] };
const TAGS: Into = { table: 'scope_tag', columns: ['tag', 'scope_id'] };

/** A condition on a column that holds a scope id: the equality predicate behind every scoped read. */
export function inScope(namespace: string, column: Sql, { nodes, tags }: ScopeFilter): Sql {
  const tagged =
    tags.length === 0
      ? sql`1 = 1`
      : sql`${column} in (select scope_id from scope_tag where namespace = ${namespace} and tag in ${anyOf(tags)})`;
  return sql`${inNodes(namespace, column, nodes)} and ${tagged}`;
}

function inNodes(namespace: string, column: Sql, nodes: ScopeFilter['nodes']): Sql {
  if (nodes.match === 'everything') return sql`1 = 1`;
  const global = sql`${column} in (select id from scope where namespace = ${namespace} and graph_nodes = '[]')`;
  if (nodes.match === 'home')
    return sql`(${global} or ${column} in (select scope_id from scope_node where namespace = ${namespace} and ${among(sql`node`, nodes.anyOf)}))`;
  if (nodes.allOf.length === 0) return global;
  return and(
    nodes.allOf.map(
      node =>
        sql`${column} in (select scope_id from scope_node where namespace = ${namespace} and node = ${node})`,
    ),
  );
}

/** Scope names are text of the user's too: those that nothing refers to any more go with the last purge. */
export async function dropUnusedScopes(writer: Writer): Promise<void> {
  await writer.run(sql`
    delete from scope where namespace = ${writer.namespace}
      and not exists (select 1 from memory m where m.namespace = scope.namespace and m.scope_id = scope.id)
      and not exists (select 1 from run r where r.namespace = scope.namespace and r.scope_id = scope.id)
      and not exists (select 1 from medallion d where d.namespace = scope.namespace and d.scope_id = scope.id)
      and not exists (select 1 from session e where e.namespace = scope.namespace and e.scope_id = scope.id)
      and not exists (select 1 from blob b where b.namespace = scope.namespace and b.scope_id = scope.id)`);
}

/** A row with its scope instead of that scope's key. */
export function withScope<Row extends { readonly scope_key: string }>({ scope_key, ...row }: Row) {
  const scope: Scope = JSON.parse(scope_key);
  return { ...row, scope };
}

/** The ids of all scopes that pass a filter. */
export async function scopeIds(reader: Reader, filter: ScopeFilter): Promise<number[]> {
  const { namespace } = reader;
  const found = await reader.all<{ id: number }>(
    sql`select s.id from scope s where s.namespace = ${namespace} and ${inScope(namespace, sql`s.id`, filter)}`,
  );
  return found.map(({ id }) => id);
}

export type ScopeRow = {
  readonly id: number;
  readonly key: string;
  readonly graph_nodes: string;
  readonly tags: string;
};

export const allScopes = (reader: Reader): Promise<ScopeRow[]> =>
  reader.all<ScopeRow>(
    sql`select id, key, graph_nodes, tags from scope where namespace = ${reader.namespace}`,
  );

export type ScopeIndexRow = { readonly scope_id: number; readonly kind: string; readonly name: string };

/** The nodes and tags each scope is found by; `kind` is `node` or `tag`. */
export const scopeIndex = (reader: Reader): Promise<ScopeIndexRow[]> =>
  reader.all(sql`
    select scope_id, 'node' as kind, node as name from scope_node where namespace = ${reader.namespace}
    union all select scope_id, 'tag', tag from scope_tag where namespace = ${reader.namespace}
    order by scope_id, kind, name`);
