import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { Engine } from '../../../src/engine.js';
import { fillWithEverything, openFixed } from '../../store/everything.js';
import { asSuperuser, databaseFor } from '../../support/engines.js';
import { temporaryFolder } from '../../support/mintmark.js';
import { psql } from '../../support/postgres.js';

const db = temporaryFolder().file('sound.db');
let engine: Engine;

beforeAll(async () => {
  // As a superuser: nobody else sees a row whose namespace was altered.
  engine = openFixed(asSuperuser(databaseFor(db)), { blobTokens: 500 });
  await fillWithEverything(engine);
}, 600_000);
afterAll(() => engine.close());

/** What may be altered unseen, because nothing is read otherwise for it. */
const UNCHECKED: readonly string[] = [
  // Numbers that were given once and are in no row any more; nothing says what the highest was.
  ...['counter.name', 'counter.value'],
  // Looked at when a database is opened, and this one is open.
  ...['migration.checksum', 'migration.name', 'migration.version'],
  // How often it was written to, which only has to grow.
  'namespace.version',
];

const Column = z.object({ table: z.string(), column: z.string(), type: z.string() });
const COLUMNS = `
  select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' order by 1, 2`;

/** Another value of each type. */
const ALTERED: Readonly<Record<string, (column: string) => string>> = {
  text: column =>
    `coalesce(left(${column}, length(${column}) / 2) || '§' || substr(${column}, length(${column}) / 2 + 2), '§')`,
  bigint: column => `coalesce(${column}, 0) + 1000`,
  tsvector: column => `${column} || 'zzzz'::tsvector`,
  bytea: column => `coalesce(${column}, '') || '\\x01'`,
  'double precision': column => `coalesce(${column}, 0) + 1000`,
};

it('deep verification finds one altered value in every column of every table', {
  timeout: 900_000,
}, async () => {
  const findings = async () => (await engine.verify({ deep: true })).findings;
  expect(await findings()).toEqual([]);
  await using owner = await psql(db);
  await owner.rows('set session_replication_role = replica');
  const missed: string[] = [];
  for (const { table, column, type } of z.array(Column).parse(await owner.rows(COLUMNS))) {
    const [first] = await owner.rows<{ ctid: string; old: string | null }>(
      `select ctid::text, "${column}"::text as old from "${table}" order by "${column}" is null, ctid limit 1`,
    );
    if (!first) continue;
    const write = (value: string, at: string) =>
      owner.rows<{ ctid: string }>(
        `update "${table}" set "${column}" = ${value} where ctid = '${at}' returning ctid::text`,
      );
    const changed = await write(ALTERED[type]?.(`"${column}"`) ?? 'default', first.ctid).catch(
      (error: unknown) => String(error),
    );
    // What a check or a key refuses cannot be altered.
    if (typeof changed === 'string') {
      console.log(`${table}.${column}: ${changed.slice(0, 120)}`);
      continue;
    }
    const found = await findings().catch((error: unknown) => [error]);
    if (found.length === 0) missed.push(`${table}.${column}`);
    const old = first.old === null ? 'null' : `'${first.old.replaceAll("'", "''")}'::${type}`;
    await write(old, changed[0]?.ctid ?? '');
  }
  expect(await findings()).toEqual([]);
  expect(missed).toEqual(UNCHECKED);
});
