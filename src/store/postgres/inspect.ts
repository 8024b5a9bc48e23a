import type { PoolClient } from 'pg';
import { codeOf } from '../../errors.js';
import { differences } from '../differences.js';
import type { Finding } from '../store.js';
import { ownRows } from './database.js';
import { MIGRATIONS } from './migrate.js';
import { verifyText } from './verify-text.js';

/** The schema, that every row is of a namespace there is, references and the index of words. Pages are the server's own business. */
export async function inspect(client: PoolClient, namespace: string): Promise<Finding[]> {
  const schema = await verifySchema(client, await catalogue(client));
  await client.query(`begin isolation level repeatable read read only; ${ownRows(namespace)}`);
  try {
    return [
      ...schema,
      ...(await verifyNamespaces(client)),
      ...(await verifyReferences(client, namespace)),
      ...(await verifyText(client, namespace)),
    ];
  } finally {
    await client.query('rollback');
  }
}

const CHANGED = {
  check: 'schema',
  advice: 'It was changed outside mintmark. Export what can be read and import it into a new database.',
} as const;

/** Nothing that is stored went wrong by it. */
const ROW_SECURITY = /^(?:security|policy|view) /;
const UNBOUND = {
  advice: 'Row security was changed outside mintmark. Let the owner of the tables set it as expected.',
} as const;

/** Compares what no call ever changes with a new schema of this version, which is rolled back. */
async function verifySchema(client: PoolClient, stored: ReadonlyMap<string, string>): Promise<Finding[]> {
  const own = await client.query<{ schema: string }>('select current_schema() as schema');
  await client.query('begin');
  try {
    const pristine = `mintmark_pristine_${process.pid}`;
    await client.query(
      `create schema ${pristine};
       select set_config('search_path', '${pristine}, ' || current_setting('search_path'), true)`,
    );
    for (const { script } of MIGRATIONS) await client.query(script);
    const expected = await catalogue(client);
    const tables = new Set([...expected.keys()].map(key => key.split(' ')[1]));
    // What else lies in the schema is somebody else's, and an index more is the administrator's.
    const known = [...stored].filter(
      ([key]) => expected.has(key) || (tables.has(key.split(' ')[1]) && !key.startsWith('index')),
    );
    return differences(new Map(known), expected, CHANGED).map(finding =>
      ROW_SECURITY.test(finding.found) ? { ...finding, ...UNBOUND } : finding,
    );
  } catch (error) {
    if (codeOf(error) !== '42501') throw error;
    return [
      {
        check: 'schema',
        found: `it was not compared: this user may not create a schema to compare ${own.rows[0]?.schema} with`,
        advice: 'Run `mintmark doctor` as the owner of the database, or as one who may create schemas in it.',
      },
    ];
  } finally {
    await client.query('rollback');
  }
}

/**
 * Everything about the tables of the current schema, under keys of a kind, a table and a name. Lists of conditions come back
 * from a dump with other parentheses.
 */
async function catalogue(client: PoolClient): Promise<Map<string, string>> {
  const { rows } = await client.query<{ key: string; value: string }>(`
    with own as (select c.oid, c.relname, c.relnamespace, c.relowner, c.relrowsecurity, c.relforcerowsecurity from pg_class c
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p'))
    select 'column ' || o.relname || ' ' || a.attname as key,
      format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' || coalesce(l.collname, '') as value
    from own o join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
      left join pg_collation l on l.oid = a.attcollation
    union all
    select 'constraint ' || o.relname || ' ' || c.conname, pg_get_constraintdef(c.oid) || ' ' || c.convalidated
    from own o join pg_constraint c on c.conrelid = o.oid where c.contype <> 'n'
    union all
    select 'index ' || o.relname || ' ' || i.relname, pg_get_indexdef(x.indexrelid) || ' ' || x.indisvalid
    from own o join pg_index x on x.indrelid = o.oid join pg_class i on i.oid = x.indexrelid
    union all
    select 'trigger ' || o.relname || ' ' || t.tgname,
      translate(pg_get_triggerdef(t.oid), '()', '') || ' ' || t.tgenabled::text || ' ' || md5(p.prosrc)
    from own o join pg_trigger t on t.tgrelid = o.oid and not t.tgisinternal join pg_proc p on p.oid = t.tgfoid
    union all
    select 'security ' || o.relname || ' of rows, enabled and forced', o.relrowsecurity || ' ' || o.relforcerowsecurity from own o
    union all
    select 'policy ' || o.relname || ' ' || p.polname, p.polcmd::text || ' ' || p.polpermissive
      || ' ' || array(select case when r = o.relowner then 'owner' when r = 0 then 'all' else r::regrole::text end
        from unnest(p.polroles) r order by 1)::text
      || ' ' || coalesce(pg_get_expr(p.polqual, o.oid), '') || ' ' || coalesce(pg_get_expr(p.polwithcheck, o.oid), '')
    from own o join pg_policy p on p.polrelid = o.oid
    union all
    select 'view ' || v.relname, pg_get_viewdef(v.oid) || ' ' || coalesce(v.reloptions::text, '')
    from pg_class v where v.relnamespace = current_schema()::regnamespace and v.relkind = 'v'
    union all
    select 'rule ' || o.relname || ' ' || r.rulename, r.ev_type::text from own o join pg_rewrite r on r.ev_class = o.oid`);
  const schema = await client.query<{ schema: string }>('select quote_ident(current_schema()) as schema');
  const name = schema.rows[0]?.schema ?? '';
  return new Map(rows.map(({ key, value }) => [key, withoutSchema(value, name)]));
}

/** What a name is qualified with; the setting 'mintmark.namespace' stays where the schema is called mintmark too. */
const withoutSchema = (definition: string, schema: string): string =>
  definition.replace(new RegExp(`(?<![\\w"'])${schema.replace(/\W/g, '\\$&')}\\.`, 'g'), '');

type Table = { readonly name: string };

/**
 * A row of a namespace that there is not is invisible to every query. Steps from name to name, however many rows. Whom row
 * security binds sees his own rows alone: nobody like him has made others, or deleted a name.
 */
async function verifyNamespaces(client: PoolClient): Promise<Finding[]> {
  const { rows: tables } = await client.query<Table>(`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and a.attname = 'namespace' order by 1`);
  const findings: Finding[] = [];
  for (const { name } of tables) {
    const { rows } = await client.query<{ namespace: string }>(`
      with recursive used (namespace) as (
        select min(namespace) from "${name}"
        union all select (select min(t.namespace) from "${name}" t where t.namespace > used.namespace)
        from used where used.namespace is not null)
      select namespace from used where namespace is not null and namespace not in (select n.name from namespace n)`);
    for (const { namespace } of rows)
      findings.push({
        check: 'namespace',
        found: `${name} has rows of the namespace "${namespace}", which there is not`,
        advice: 'Restore a backup, or report it: no call of mintmark leaves this behind.',
      });
  }
  return findings;
}

type Reference = {
  readonly child: string;
  readonly parent: string;
  readonly columns: string[];
  readonly keys: string[];
};

/** What a server checks by itself, unless somebody switched that off. */
async function verifyReferences(client: PoolClient, namespace: string): Promise<Finding[]> {
  const { rows: references } = await client.query<Reference>(`
    select c.conrelid::regclass::text as child, c.confrelid::regclass::text as parent,
      array(select a.attname::text from unnest(c.conkey) with ordinality k (n, at)
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.n order by k.at) as columns,
      array(select a.attname::text from unnest(c.confkey) with ordinality k (n, at)
        join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.n order by k.at) as keys
    from pg_constraint c join pg_class t on t.oid = c.conrelid
    where c.contype = 'f' and t.relnamespace = current_schema()::regnamespace order by 1, 2`);
  const findings: Finding[] = [];
  for (const { child, parent, columns, keys } of references) {
    const same = columns.map((column, index) => `p."${keys[index]}" = c."${column}"`).join(' and ');
    const { rows } = await client.query<{ count: number }>(
      `select count(*) as count from ${child} c
       where c.namespace = $1 and not exists (select 1 from ${parent} p where ${same})`,
      [namespace],
    );
    const count = rows[0]?.count ?? 0;
    if (count > 0)
      findings.push({
        check: 'foreign keys',
        found: `${count} rows of ${child} refer to rows of ${parent} that there are not`,
        advice: 'Restore a backup, or report it: no call of mintmark leaves this behind.',
      });
  }
  return findings;
}
