import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openEngine } from '../../src/engine.js';
import { EngineError, tellElsewhere } from '../../src/errors.js';
import { storeError } from '../../src/store/sqlite/errors.js';
import { MIGRATIONS, migrate } from '../../src/store/sqlite/migrate.js';
import { temporaryFolder } from '../support/mintmark.js';
import { openFixed } from './everything.js';

const NEWEST = MIGRATIONS.length;
const fact = { changes: [{ content: 'Kamal deploys.' }], commit: true };

/** What opening and reading comes to. */
async function outcome(db: string, tell = told): Promise<string> {
  await using engine = openFixed(db, { busyTimeoutMs: 200 });
  return await engine.status().then(() => 'opened', tell);
}

/** What a caller over the network hears. */
const toldElsewhere = (error: unknown): string =>
  error instanceof EngineError ? tellElsewhere(error) : String(error);

const told = (error: unknown): string =>
  error instanceof EngineError ? `${error.code}: ${error.message} ${error.hint}` : String(error);

/** Makes what stands where the database is looked for. */
type Making = (path: string) => void;

const sql =
  (script: string): Making =>
  path => {
    const connection = new BetterSqlite3(path);
    connection.exec(script);
    connection.close();
  };

const newer: Making = path => {
  const connection = new BetterSqlite3(path);
  migrate(connection, path);
  connection.pragma(`user_version = ${NEWEST + 1}`);
  connection.close();
};

const foreignStep: Making = path => {
  const connection = new BetterSqlite3(path);
  migrate(connection, path);
  connection.exec(`update migration set checksum = 'x' where version = 3`);
  connection.close();
};

describe('what is no database of ours is named and left as it is:', () => {
  it.each<[string, Making, RegExp]>([
    ['a text', path => writeFileSync(path, 'Dear diary. '.repeat(500)), /^not_a_database: .*--db/],
    [
      'another program’s database',
      sql('create table diary (day text)'),
      /^not_a_database: .*another program/,
    ],
    ['a newer schema', newer, /^upgrade_needed: .*knows up to \d+\. .*Update mintmark/],
    ['a schema that went another way', foreignStep, /^upgrade_needed: .*step 3/],
  ])('%s', async (_, make, says) => {
    using folder = temporaryFolder();
    const db = folder.file('memory.db');
    make(db);
    const before = readFileSync(db);
    const said = await outcome(db);
    expect(said).toMatch(says);
    expect(said).toContain(db);
    expect(await outcome(db, toldElsewhere)).not.toContain(dirname(db));
    expect(readFileSync(db).equals(before)).toBe(true);
    expect(readdirSync(dirname(db)).filter(name => name.endsWith('.bak'))).toEqual([]);
  });
});

it('is not touched by a window that was open when a newer version took its schema further', async () => {
  using folder = temporaryFolder();
  const db = folder.file('memory.db');
  await using older = await openFixed(db);
  await older.memories.propose({ changes: [{ content: 'Deploys go out on Tuesdays.' }], commit: true });
  const newest = new BetterSqlite3(db);
  newest.pragma(`user_version = ${NEWEST + 1}`);
  const refusal = /^upgrade_needed: .*schema \d+ while it was open.*Restart/;
  const write = older.memories.propose({ changes: [{ content: 'Deploys go out on Mondays.' }] });
  expect(await write.catch(told)).toMatch(refusal);
  expect(await older.search({ query: 'deploys' }).catch(told)).toMatch(refusal);
  expect(newest.prepare('select count(*) from event').pluck().get()).toBe(1);
  newest.pragma(`user_version = ${NEWEST}`);
  newest.close();
  expect((await older.search({ query: 'deploys' })).hits).toHaveLength(1);
});

describe('where no database can be', () => {
  it.each<[string, Making, string]>([
    ['a folder', path => mkdirSync(path), ''],
    ['a place below a file', path => writeFileSync(path, ''), '/deeper/memory.db'],
  ])('%s, opening fails and says what to check', async (_, make, rest) => {
    using folder = temporaryFolder();
    make(folder.file('memory.db'));
    expect(await outcome(`${folder.file('memory.db')}${rest}`)).toMatch(/^cannot_open: .*--db/s);
  });
});

describe('a new database', () => {
  it('takes an empty file, and is nobody else’s to read', async () => {
    using folder = temporaryFolder();
    const db = folder.file('deep/er/memory.db');
    expect(await outcome(db)).toBe('opened');
    expect([statSync(db).mode & 0o777, statSync(dirname(db)).mode & 0o777]).toEqual([0o600, 0o700]);
    const empty = folder.file('empty.db');
    writeFileSync(empty, '');
    expect(await outcome(empty)).toBe('opened');
  });
});

it.each([
  ['where no folder can be made', '/proc/nope/memory.db'],
  ['below a file', '/etc/hostname/deep/memory.db'],
])('a database %s cannot be opened', async (_, db) => {
  expect(await outcome(db)).toMatch(/^cannot_open: The database file cannot be created\./);
});

it('nothing is opened from a folder that was removed, and why is said', () => {
  const cwd = process.cwd();
  onTestFinished(() => process.chdir(cwd));
  const gone = mkdtempSync(join(tmpdir(), 'mintmark-gone-'));
  process.chdir(gone);
  rmSync(gone, { recursive: true });
  expect(() => openEngine({ db: ':memory:' })).toThrow(/^The folder this is run in was removed\.$/);
});

describe('a file that goes while it is open', () => {
  it.each([
    ['replaced', 'was replaced by another file'],
    ['removed', 'was removed'],
  ])('because it is %s takes no write, and the new one is found by who opens it', async (how, says) => {
    using folder = temporaryFolder();
    const db = folder.file('memory.db');
    await using engine = openFixed(db);
    await engine.memories.propose(fact);
    renameSync(db, folder.file('moved.db'));
    for (const end of ['-wal', '-shm']) rmSync(`${db}${end}`, { force: true });
    if (how === 'replaced') writeFileSync(db, '');
    const refused = await engine.memories.propose(fact).then(() => 'written', told);
    expect(refused).toMatch(/^file_replaced: .*Nothing was written\. Restart the server/s);
    expect(refused).toContain(says);
    expect(await outcome(db)).toBe('opened');
  });
});

it('whose log is removed while it is open takes no write, and keeps what it took', async () => {
  using folder = temporaryFolder();
  const db = folder.file('memory.db');
  const engine = openFixed(db);
  await engine.memories.propose(fact);
  rmSync(`${db}-wal`);
  const refused = await engine.memories.propose(fact).then(() => 'written', told);
  expect(refused).toMatch(
    /^file_replaced: .*-wal was removed while it was open.*Nothing was written\. Restart/s,
  );
  await engine.close();
  await using next = openFixed(db);
  expect((await next.status()).counts.events).toBe(1);
});

describe('a file that another process has locked', () => {
  it('holds many calls up about as long as one', async () => {
    using folder = temporaryFolder();
    const db = folder.file('memory.db');
    await using many = openFixed(db, { busyTimeoutMs: 400 });
    await using one = openFixed(db, { busyTimeoutMs: 400 });
    await Promise.all([many.status(), one.status()]);
    const other = new BetterSqlite3(db);
    other.exec('begin immediate');
    const order: string[] = [];
    const say = (what: string) => (error: unknown) => order.push(`${what}: ${told(error).slice(0, 4)}`);
    const crowd = Array.from({ length: 5 }, () => many.memories.propose(fact).catch(say('many')));
    for (let time = 0; time < 4; time += 1) await one.memories.propose(fact).catch(say('one'));
    expect(order.filter(entry => entry === 'many: busy')).toHaveLength(5);
    await Promise.all(crowd);
    other.close();
  });

  it('is said to be busy when it stays so, and takes the same call later', async () => {
    using folder = temporaryFolder();
    const db = folder.file('memory.db');
    await using engine = openFixed(db, { busyTimeoutMs: 50 });
    await engine.status();
    const other = new BetterSqlite3(db);
    other.exec('begin immediate');
    const refused = await engine.memories.propose(fact).then(() => 'written', told);
    expect(refused).toMatch(/^busy: .*Nothing was written\. Repeat the same call/s);
    other.exec('rollback');
    expect(await engine.memories.propose(fact)).toMatchObject({ status: 'committed' });
    other.close();
  });
});

describe('what the driver throws has a name, a sentence and a next step:', () => {
  it.each([
    ['SQLITE_BUSY_SNAPSHOT', 'busy'],
    ['SQLITE_LOCKED', 'busy'],
    ['SQLITE_FULL', 'disk_full'],
    ['SQLITE_READONLY_DIRECTORY', 'read_only'],
    ['SQLITE_READONLY_DBMOVED', 'file_replaced'],
    ['SQLITE_CANTOPEN_ISDIR', 'cannot_open'],
    ['SQLITE_NOTADB', 'not_a_database'],
    ['SQLITE_CORRUPT_VTAB', 'damaged'],
    ['SQLITE_PROTOCOL', 'unsuitable_filesystem'],
    ['SQLITE_NOLFS', 'unsuitable_filesystem'],
    ['SQLITE_IOERR_SHORT_READ', 'file_replaced'],
    ['SQLITE_IOERR_FSYNC', 'io_error'],
  ])('%s', (code, name) => {
    const thrown = Object.assign(new Error('as SQLite says'), { code });
    const named = storeError(thrown, '/data/memory.db');
    expect(named).toMatchObject({ code: name, cause: thrown, hint: expect.stringMatching(/\.$/) });
    expect(told(named)).toContain('/data/memory.db: as SQLite says');
  });

  it('anything else stays what it is', () => {
    for (const error of [new TypeError('ours'), new EngineError('invalid', 'a', 'b'), 'text'])
      expect(storeError(error, '/data/memory.db')).toBe(error);
  });
});

describe('an older schema', () => {
  it.each(MIGRATIONS.slice(0, -1).map(({ version, name }) => [version, name] as const))(
    '%i (%s) is brought to the newest, after a copy was laid beside it',
    async version => {
      using folder = temporaryFolder();
      const db = folder.file('memory.db');
      const old = new BetterSqlite3(db);
      migrate(old, db, MIGRATIONS.slice(0, version));
      old.close();
      await using engine = openFixed(db);
      expect((await engine.status()).store.schema_version).toBe(NEWEST);
      expect((await engine.verify({ deep: true })).findings).toEqual([]);
      const [copy = ''] = readdirSync(dirname(db)).filter(name => name.endsWith('.bak'));
      const kept = new BetterSqlite3(folder.file(copy), { readonly: true });
      expect(kept.pragma('user_version', { simple: true })).toBe(version);
      kept.close();
    },
  );

  it('stays what it was when a step fails, and opens with the version that wrote it', async () => {
    using folder = temporaryFolder();
    const db = folder.file('memory.db');
    expect(await outcome(db)).toBe('opened');
    const connection = new BetterSqlite3(db);
    const script = 'create table half_done (a integer); insert into nowhere values (1)';
    expect(() =>
      migrate(connection, db, [...MIGRATIONS, { version: NEWEST + 1, name: 'broken', script }]),
    ).toThrow('nowhere');
    expect(connection.pragma('user_version', { simple: true })).toBe(NEWEST);
    expect(connection.prepare(`select 1 from sqlite_schema where name = 'half_done'`).get()).toBeUndefined();
    connection.close();
    expect(await outcome(db)).toBe('opened');
  });
});
