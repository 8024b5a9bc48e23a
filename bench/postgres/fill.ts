import type pg from 'pg';
import { fingerprint, indexedText } from '../../src/memory/index-text.js';
import type { MemoryBody } from '../../src/schema/memory.js';
import { lexeme, SHELF } from '../../src/store/postgres/lexemes.js';
import { memoryLexemes } from '../../src/store/postgres/memory-text.js';
import { canonicalJson, sha256 } from '../../src/text/hash.js';
import { statements } from '../material.js';
import { vectorOf, wordVectors } from './words.js';

/** How many memories, of which namespaces, and from which number on. */
export type Fill = { readonly names: readonly string[]; readonly memories: number };

/** Scopes of a namespace: as many teams, each with as many of its memories. */
export const TEAMS = 50;
const CHUNK = 1000;

export const nodesOf = (index: number): string[] => ['repo:bench', `team:${index % TEAMS}`];

/** So many namespaces have statements and words of their own; what is in the others is the same, and none knows of it. */
const OWN = 10;

/** What the statements of a namespace are made from. */
export const seedOf = (name: string): number => Number(name.slice(name.lastIndexOf('-') + 1)) % OWN;

/**
 * Writes what search reads straight into the tables: rows, bodies, lexemes and vectors. Ten namespaces go the way of
 * every row, with all triggers; the others are copied from them in the database, a thousand rows of each in turn. The
 * index of words is built in the end. There is no ledger behind these rows, which search does not look at.
 */
export async function fill(client: pg.Client, { names, memories }: Fill): Promise<void> {
  await client.query(`drop index memory_text_terms; set maintenance_work_mem = '512MB'; set jit = off`);
  const own = names.slice(0, OWN);
  const texts = own.map(name => statements(memories, seedOf(name)).map(({ text }) => text));
  for (const name of own) await inOne(client, () => begin(client, name, memories));
  for (let from = 0; from < memories; from += CHUNK)
    for (const [index, name] of own.entries())
      await inOne(client, () =>
        add(client, name, { from, chunk: texts[index]?.slice(from, from + CHUNK) ?? [] }),
      );
  const copies = names.slice(OWN);
  for (const name of copies) await inOne(client, () => copyFrame(client, name));
  for (let from = 0; from < memories; from += CHUNK)
    for (const name of copies) await inOne(client, () => copyRows(client, name, from));
  await client.query(
    'create index memory_text_terms on memory_text using gin (terms) with (fastupdate = off)',
  );
}

async function inOne(client: pg.Client, work: () => Promise<unknown>): Promise<void> {
  await client.query('begin; set local synchronous_commit = off');
  await work();
  await client.query('commit');
}

const originOf = (name: string): string => `bench-${seedOf(name)}`;

/** All columns of a table that are written, but the namespace, in order. */
async function columnsOf(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<{ names: string }>(
    `select string_agg(quote_ident(attname), ', ' order by attnum) as names from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attname <> 'namespace' and attgenerated = ''`,
    [table],
  );
  return rows[0]?.names ?? '';
}

/** Triggers would count again what is copied counted. */
const SILENT = 'set local session_replication_role = replica';

async function copyFrame(client: pg.Client, name: string): Promise<void> {
  await client.query(SILENT);
  await client.query('insert into namespace (name, version) values ($1, 1)', [name]);
  for (const table of ['scope', 'scope_node', 'vector_model', 'vector_progress', 'text_word']) {
    const columns = await columnsOf(client, table);
    await client.query(
      `insert into ${table} (namespace, ${columns}) select $1, ${columns} from ${table} where namespace = $2`,
      [name, originOf(name)],
    );
  }
}

async function copyRows(client: pg.Client, name: string, from: number): Promise<void> {
  await client.query(SILENT);
  for (const table of ['memory', 'memory_text', 'vector_row', 'body']) {
    const columns = await columnsOf(client, table);
    const shelf = (of: string): string => lexeme(of, 'x').slice(1, 1 + SHELF);
    const values = columns.replace(
      'terms',
      `replace(terms::text, '''${shelf(originOf(name))}', '''${shelf(name)}')::tsvector`,
    );
    const which = table === 'body' ? 'owner between $3 and $4' : 'number between $3 and $4';
    const [first, last] = [from, from + CHUNK - 1];
    const range =
      table === 'body' ? [idOf(originOf(name), first), idOf(originOf(name), last)] : [first + 1, last + 1];
    await client.query(
      `insert into ${table} (namespace, ${columns}) select $1, ${values} from ${table} where namespace = $2 and ${which}`,
      [name, originOf(name), ...range],
    );
  }
}

const idOf = (name: string, index: number): string =>
  `mem_${sha256(name).slice(0, 16)}${String(index).padStart(16, '0')}`;

async function begin(client: pg.Client, name: string, memories: number): Promise<void> {
  await client.query('insert into namespace (name, version) values ($1, 1) on conflict do nothing', [name]);
  for (let team = 0; team < TEAMS; team += 1) {
    const scope = { graph_nodes: nodesOf(team), tags: [] };
    const [key, nodes] = [canonicalJson(scope), canonicalJson(scope.graph_nodes)];
    await client.query(
      `insert into scope (namespace, id, key, graph_nodes, tags) values ($1, $2, $3, $4, '[]')`,
      [name, team + 1, key, nodes],
    );
    for (const node of scope.graph_nodes)
      await client.query('insert into scope_node values ($1, $2, $3)', [name, node, team + 1]);
  }
  await client.query(
    `insert into vector_model (namespace, id, name, dims, state, used_at) values ($1, 1, $2, $3, 'current', $4)`,
    [name, wordVectors.name, wordVectors.dims, Date.now()],
  );
  for (const [family, upto] of [
    ['memory', memories],
    ['passage', 0],
  ] as const)
    await client.query('insert into vector_progress values ($1, 1, $2, $3)', [name, family, upto]);
}

type Chunk = { readonly from: number; readonly chunk: readonly string[] };

async function add(client: pg.Client, name: string, { from, chunk }: Chunk): Promise<void> {
  const at = Date.now() - 1_000_000 + from;
  const rows = chunk.map((content, index) => rowOf(name, content, from + index));
  await client.query(
    `with given as (select * from json_to_recordset($2::json) as r (number bigint, id text, content text, hash text,
        fingerprint text, scope_id bigint, own text, context text, scope text, terms text, length bigint)),
      memories as (insert into memory (namespace, number, id, batch_id, type, status, trust, importance, scope_id, fingerprint,
          created_at, committed_at)
        select $1, number, id, 'bat_bench', 'fact', 'active', 'user', .5, scope_id, fingerprint, $3::bigint + number, $3::bigint + number
        from given),
      bodies as (insert into body (namespace, owner, salt, hash, content) select $1, id, '', hash, content from given)
    insert into memory_text (namespace, number, own, context, scope, terms, length)
    select $1, number, own, context, scope, terms::tsvector, length from given`,
    [name, JSON.stringify(rows), at],
  );
  await client.query(
    `insert into vector_row (namespace, id, model_id, family, number, vector)
     select $1, n, 1, 'memory', n, array[v::vector] from unnest($2::text[], $3::bigint[]) as given (v, n)`,
    [name, chunk.map(text => `[${vectorOf(text).join(',')}]`), rows.map(({ number }) => number)],
  );
}

function rowOf(name: string, content: string, index: number) {
  const body: MemoryBody = {
    ...{ type: 'fact', content, graph_nodes: nodesOf(index), tags: [], importance: 0.5, confidence: 0.8 },
    ...{ rationale: null, source_refs: [], trust: 'user', supersedes: [], valid_from: null, valid_to: null },
  };
  const text = indexedText(body);
  return {
    number: index + 1,
    id: idOf(name, index),
    content: canonicalJson(body),
    hash: sha256(content),
    fingerprint: fingerprint(content),
    scope_id: (index % TEAMS) + 1,
    ...text,
    ...memoryLexemes(name, text),
  };
}
