import { beforeAll, describe, expect, it } from 'vitest';
import { resolveOptions } from '../../src/config/load.js';
import { openStore } from '../../src/open-store.js';
import { holds } from '../../src/store/postgres/bm25.js';
import { lexeme } from '../../src/store/postgres/lexemes.js';
import { sql } from '../../src/store/sql.js';
import type { Reader } from '../../src/store/store.js';
import { fillWithEverything, openFixed } from '../store/everything.js';
import { asSuperuser, databaseFor } from '../support/engines.js';
import { temporaryFolder } from '../support/mintmark.js';
import { psql } from '../support/postgres.js';
import { OWNER } from '../support/postgres-owner.js';
import { grantServing, ROLE } from '../support/serving-role.js';

const db = temporaryFolder().file('shared.db');
const MINE = 'default';
const THEIRS = 'team-b';
const VIEWS = ['memory_terms', 'passage_terms'];

/** A row of THEIRS of every table with a namespace. */
const theirs = new Map<string, Record<string, unknown>>();

beforeAll(async () => {
  for (const namespace of [MINE, THEIRS]) {
    await using engine = openFixed(db, { namespace });
    await fillWithEverything(engine);
  }
  await grantServing(db);
  await indexVectors();
  await using superuser = await psql(db);
  for (const { name } of await superuser.rows<{ name: string }>(`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and a.attname = 'namespace'`)) {
    const found = () =>
      superuser.rows<{ row: Record<string, unknown> }>(
        `select to_jsonb(t) - 'digest' as row from ${name} t where namespace = '${THEIRS}' limit 1`,
      );
    if ((await found()).length === 0) await superuser.tamper(inserting(name, await anyRow(name)));
    const [{ row } = { row: {} }] = await found();
    theirs.set(name, row);
  }
}, 600_000);

/** As mintmark does for sets of many. */
async function indexVectors(): Promise<void> {
  await using superuser = await psql(db);
  await superuser.rows(`create index row_security_near on vector_row
    using hnsw ((vector[1]::vector(3)) vector_ip_ops) where near = 3`);
}

/** Whatever a table without rows of THEIRS takes. */
async function anyRow(table: string): Promise<Record<string, unknown>> {
  await using superuser = await psql(db);
  const columns = await superuser.rows<{ name: string; type: string }>(`
    select attname as name, format_type(atttypid, null) as type from pg_attribute
    where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped`);
  return Object.fromEntries(
    columns.map(({ name, type }) => [name, CHECKED.get(name) ?? (type === 'bigint' ? 1 : ANY.get(type))]),
  );
}

const ANY = new Map([
  ['text', 'x'],
  ['vector[]', null],
]);
const CHECKED = new Map([
  ['namespace', THEIRS],
  ['family', 'memory'],
  ['state', 'old'],
  ['method', 'hnsw'],
]);

const inserting = (table: string, row: Record<string, unknown>, columns?: string): string =>
  `insert into ${table} ${columns ? `(${columns})` : ''} select ${columns ?? 'given.*'}
   from json_populate_record(null::${table}, '${JSON.stringify(row).replaceAll("'", "''")}') given`;

const within = (namespace: string): string =>
  `select set_config('mintmark.namespace', '${namespace}', false)`;

describe('row security', () => {
  it('is on every table with a namespace, for its owner too, and on the names', async () => {
    await using superuser = await psql(db);
    const open = await superuser.rows(`
      select relname as name from pg_class c
      where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname <> 'migration'
        and not (relrowsecurity and relforcerowsecurity and exists (select 1 from pg_policy p where p.polrelid = c.oid))`);
    expect(open).toEqual([]);
    expect(theirs.size).toBeGreaterThan(40);
  });

  it('is said to be bypassed where a superuser serves', async () => {
    const engineOf = async (url: string) => {
      await using engine = openFixed(url);
      return (await engine.status()).store.engine;
    };
    expect(await engineOf(db)).toMatch(/^PostgreSQL [\d.]+$/);
    expect(await engineOf(asSuperuser(databaseFor(db)))).toMatch(
      /^PostgreSQL [\d.]+, row security bypassed$/,
    );
  });
});

describe.each([OWNER, ROLE])('in a namespace %s', role => {
  /** The owner reads all texts; searches go through views. */
  const read = () =>
    [...theirs.keys()].filter(table => role !== OWNER || !/^(memory|passage)_text$/.test(table));

  it.each([MINE, '', 'nowhere'])('"%s" reads no row of others', async namespace => {
    await using client = await psql(db, role);
    await client.rows(within(namespace));
    for (const table of [...read(), ...VIEWS])
      expect(await client.reached(`select 1 from ${table} where namespace <> '${namespace}'`)).toBe(0);
    expect((await client.reached('select 1 from memory')) > 0).toBe(namespace === MINE);
    expect((await client.reached('select 1 from memory_terms')) > 0).toBe(namespace === MINE);
  });

  it('reads none at all before the namespace is said', async () => {
    await using client = await psql(db, role);
    for (const table of [...read(), ...VIEWS]) expect(await client.reached(`select 1 from ${table}`)).toBe(0);
  });

  it('changes and deletes no row of another', async () => {
    await using client = await psql(db, role);
    await client.rows(within(MINE));
    const reached = (text: string) =>
      client.reached(text).catch((error: Error) => (/^permission denied/.test(error.message) ? 0 : error));
    for (const table of theirs.keys()) {
      expect(await reached(`update ${table} set namespace = '${MINE}' where namespace = '${THEIRS}'`)).toBe(
        0,
      );
      expect(await reached(`delete from ${table} where namespace = '${THEIRS}'`)).toBe(0);
    }
    expect(await reached(`update namespace set version = 0 where name = '${THEIRS}'`)).toBe(0);
    expect(await reached('delete from namespace')).toBe(0);
  });

  it('adds no row to another', async () => {
    await using client = await psql(db, role);
    await client.rows(within(MINE));
    for (const [table, row] of theirs) {
      // Rules refuse some before row security does.
      const silent = role === OWNER ? `alter table ${table} disable trigger user; ` : '';
      const refused = silent
        ? /violates row-level security/
        : /violates row-level security|permission denied|append-only|no gaps|only a PURGE|in order/;
      const adding = inserting(
        table,
        row,
        Object.keys(row)
          .map(name => `"${name}"`)
          .join(', '),
      );
      await expect(client.reached(silent + adding)).rejects.toThrow(refused);
    }
    await expect(client.reached(`insert into namespace values ('mine', 1)`)).rejects.toThrow(
      /row-level security/,
    );
  });

  it('finds by the words of another what has them here, which is nothing', async () => {
    await using client = await psql(db, role);
    const holding = (namespace: string) =>
      client.reached(
        `select 1 from memory_terms where terms @@ '${lexeme(namespace, 'sqlite').replaceAll("'", "''")}'::tsquery`,
      );
    await client.rows(within(THEIRS));
    expect(await holding(THEIRS)).toBeGreaterThan(0);
    await client.rows(within(MINE));
    expect(await holding(THEIRS)).toBe(0);
    expect(await holding(MINE)).toBeGreaterThan(0);
    const mine = await client.reached('select 1 from memory_terms');
    expect(await client.reached(`select 1 from memory_terms where terms @@ '!x'::tsquery`)).toBe(mine);
  });

  it('asks what forgets to name its namespace, and gets its own rows', () =>
    reading(role, async reader => {
      const rows = await reader.all<{ namespace: string }>(sql`select distinct namespace from memory`);
      expect(rows).toEqual([{ namespace: THEIRS }]);
    }));

  it('uses the indexes of words, scopes and vectors', () =>
    reading(role, async reader => {
      const plan = async (query: ReturnType<typeof sql>) =>
        (await reader.all<{ 'QUERY PLAN': string }>(sql`explain (costs off) ${query}`))
          .map(line => line['QUERY PLAN'].trim())
          .join('\n');
      await reader.all(sql`set local enable_seqscan = off`);
      await reader.all(sql`set local enable_sort = off`);
      for (const family of ['memory', 'passage'] as const) {
        const table = family === 'memory' ? sql`memory_terms` : sql`passage_terms`;
        expect(await plan(sql`select number from ${table} where ${holds(lexeme(THEIRS, 'sqlite'))}`)).toMatch(
          new RegExp(`Bitmap Index Scan on ${family}_text_terms\nIndex Cond: \\(terms @@`),
        );
      }
      const keyed = reader.dialect.pieces.keyed(['{}', '[]']);
      expect(await plan(sql`select id from scope where namespace = ${THEIRS} and ${keyed}`)).toMatch(
        /scope_by_key on scope\nIndex Cond: .*namespace = .*digest = ANY/,
      );
      const near = sql`
        select number from vector_row v where v.near = 3 and v.namespace = ${THEIRS} and v.model_id = 1
        order by (v.vector[1]::vector(3)) <#> ${'[1,0,0]'}::vector limit 5`;
      expect(await plan(near)).toContain('Index Scan using row_security_near');
    }));
});

async function reading(role: string, work: (reader: Reader) => Promise<void>): Promise<void> {
  const url = Object.assign(new URL(databaseFor(db)), { username: role }).href;
  const store = openStore(url, resolveOptions({ durability: 'normal' }));
  await store.read(THEIRS, work).finally(() => store.close());
}
