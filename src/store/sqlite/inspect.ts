import { differences } from '../differences.js';
import { type Sql, sql } from '../sql.js';
import type { Finding, Reader } from '../store.js';
import { Session } from './connection.js';
import { connect } from './driver.js';
import { migrate } from './migrate.js';

/** The schema, that all rows are of this namespace, and SQLite's own checks: pages, indexes and foreign keys. */
export async function inspect(reader: Reader): Promise<Finding[]> {
  return [
    ...(await verifySchema(reader)),
    ...(await verifyNamespaces(reader)),
    ...(await verifyPages(reader)),
    ...(await verifyReferences(reader)),
  ];
}

/** Compares what no call ever changes with a new, empty database of this version. */
async function verifySchema(reader: Reader): Promise<Finding[]> {
  const pristine = connect(':memory:');
  try {
    migrate(pristine, ':memory:');
    return differences(await constants(reader), await constants(new Session(reader.namespace, pristine)), {
      check: 'schema',
      advice: 'It was changed outside mintmark. Export what can be read and import it into a new database.',
    });
  } finally {
    pristine.close();
  }
}

/**
 * Without the planner's statistics, and without how FTS5 lays out its tables, each version in its own way. FTS5 raises its format
 * from 4 to 5 with the first deletion that overwrites.
 */
async function constants(reader: Reader): Promise<Map<string, string>> {
  const rows = await reader.all<{ key: string; value: string }>(sql`
    select type || ' ' || name || ' on ' || tbl_name as key,
      case when name in (select name from pragma_table_list where type = 'shadow') then 'FTS5' else coalesce(sql, '') end as value
    from sqlite_schema where name not like 'sqlite\\_stat%' escape '\\'
    union all select 'migration ' || version, name || ' ' || checksum from migration
    union all select 'search index setting ' || k, case when k = 'version' and v in (4, 5) then '4 or 5' else v end
    from memory_text_config
    union all select 'passage index setting ' || k, case when k = 'version' and v in (4, 5) then '4 or 5' else v end
    from passage_text_config`);
  return new Map(rows.map(({ key, value }) => [key, String(value)]));
}

/** A row of another namespace is invisible to every query: it was misplaced or altered. */
async function verifyNamespaces(reader: Reader): Promise<Finding[]> {
  const tables = await reader.all<{ name: string }>(sql`
    select s.name from sqlite_schema s join pragma_table_info(s.name) c
    where s.type = 'table' and c.name = 'namespace' order by s.name`);
  const findings: Finding[] = [];
  for (const { name } of tables) {
    const row = await reader.get<{ strangers: number }>(strangers(name, reader.namespace));
    if (row && row.strangers > 0)
      findings.push({
        check: 'namespace',
        found: `${row.strangers} rows of ${name} are not of the namespace "${reader.namespace}", whose file this is`,
        advice: 'Put the file back under the name of its namespace, or restore a backup.',
      });
  }
  return findings;
}

/** Names of tables cannot be bound; these come from the schema, not from a caller. */
const strangers = (table: string, namespace: string): Sql => ({
  text: [`select count(*) as strangers from "${table}" where namespace <> `, ''],
  values: [namespace],
});

async function verifyPages(reader: Reader): Promise<Finding[]> {
  // A query makes FTS5 look for other connections' commits, which its integrity check forgets to do: without it
  // the check compares a stale index with fresh rows and finds damage where there is none (SQLite 3.53.2).
  await reader.get(sql`select rowid from memory_text where memory_text match '"every0"' limit 1`);
  await reader.get(sql`select rowid from passage_text where passage_text match '"every0"' limit 1`);
  const pages = await reader.all<{ integrity_check: string }>(sql`pragma integrity_check(20)`);
  return [
    ...pages.map(row => row.integrity_check).filter(found => found !== 'ok'),
    ...(await lostTerms(reader)),
  ].map(found => ({
    check: 'integrity',
    found,
    advice: 'Run `mintmark export` to save what can be read, then restore a backup.',
  }));
}

/** FTS5's integrity check reads its pages in order, so it does not see when the way to a page is lost. */
async function lostTerms(reader: Reader): Promise<string[]> {
  const row = await reader.get<{ lost: number }>(sql`
    select (select count(*) from memory_term t where not exists (select 1 from memory_term s where s.term = t.term))
      + (select count(*) from passage_term t where not exists (select 1 from passage_term s where s.term = t.term)) as lost`);
  return row && row.lost > 0 ? [`${row.lost} terms of the search index cannot be looked up`] : [];
}

async function verifyReferences(reader: Reader): Promise<Finding[]> {
  const keys = await reader.all<{ table: string; rowid: number | null }>(sql`pragma foreign_key_check`);
  return keys.map(row => ({
    check: 'foreign keys',
    found: `${row.table} row ${row.rowid ?? 'without number'} refers to nothing`,
    advice: 'Restore a backup, or report it: no call of mintmark leaves this behind.',
  }));
}
