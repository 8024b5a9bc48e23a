import type { ScopeFilter } from '../schema/scope.js';
import { inScope } from './scopes.js';
import { among, and, anyOf, type Sql, sql } from './sql.js';
import type { Reader } from './store.js';

/**
 * The same condition as `inScope`, which looks one scope up at a time: for queries that stop early or that walk few
 * rows. A set of all scopes that pass would grow with the store.
 */
export function passesScope(namespace: string, column: Sql, { nodes, tags }: ScopeFilter): Sql {
  const tagged =
    tags.length === 0
      ? sql`1 = 1`
      : sql`exists (select 1 from scope_tag t where t.namespace = ${namespace} and t.tag in ${anyOf(tags)} and t.scope_id = ${column})`;
  return sql`${passesNodes(namespace, column, nodes)} and ${tagged}`;
}

function passesNodes(namespace: string, column: Sql, nodes: ScopeFilter['nodes']): Sql {
  const global = sql`exists (select 1 from scope s where s.namespace = ${namespace} and s.id = ${column} and s.graph_nodes = '[]')`;
  if (nodes.match === 'everything') return sql`1 = 1`;
  if (nodes.match === 'home')
    return sql`(exists (select 1 from scope_node n where n.namespace = ${namespace} and ${among(sql`n.node`, nodes.anyOf)} and n.scope_id = ${column}) or ${global})`;
  if (nodes.allOf.length === 0) return global;
  return and(
    nodes.allOf.map(
      node =>
        sql`exists (select 1 from scope_node n where n.namespace = ${namespace} and n.node = ${node} and n.scope_id = ${column})`,
    ),
  );
}

/** Up to so many rows, looking their scopes up takes less than SQLite takes to make a set of those that pass. */
const LOOKED_UP = 300;

/** The condition that costs less for about so many rows. */
export const scopePasses = (
  namespace: string,
  column: Sql,
  { scope, rows }: { readonly scope: ScopeFilter; readonly rows: number },
): Sql => (rows <= LOOKED_UP ? passesScope : inScope)(namespace, column, scope);

/**
 * A filter that every passing scope passes and so few others that listing them is cheaper than looking up the scope of
 * every row; undefined when there is none.
 */
export async function selectiveFilter(
  reader: Reader,
  { nodes }: ScopeFilter,
): Promise<ScopeFilter | undefined> {
  if (nodes.match === 'everything') return undefined;
  if (nodes.match === 'home') {
    let scopes = 0;
    for (const node of nodes.anyOf) scopes += await countUpTo(reader, node);
    return scopes < FEW ? { nodes, tags: [] } : undefined;
  }
  if (nodes.allOf.length === 0) return { nodes, tags: [] };
  for (const node of nodes.allOf)
    if ((await countUpTo(reader, node)) < FEW) return { nodes: { match: 'named', allOf: [node] }, tags: [] };
  return undefined;
}

const FEW = 200;

const countUpTo = (reader: Reader, node: string): Promise<number> =>
  reader.count(sql`
    select count(*) as count from (
      select 1 from scope_node where namespace = ${reader.namespace} and node = ${node} limit ${FEW}) few`);
