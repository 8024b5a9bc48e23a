import { describe, expect, it } from 'vitest';
import type { EngineError } from '../../src/errors.js';
import { MIGRATIONS } from '../../src/store/postgres/migrate.js';
import { openFixed } from '../store/everything.js';
import { asOwner, POSTGRES } from '../support/engines.js';
import { temporaryFolder } from '../support/mintmark.js';
import { psql } from '../support/postgres.js';
import { OWNER } from '../support/postgres-owner.js';

const outcome = async (db: string): Promise<string> => {
  await using engine = openFixed(db);
  return await engine.status().then(
    () => 'opened',
    (error: EngineError) => `${error.code}: ${error.message} ${error.hint}`,
  );
};

const at = (change: Partial<Pick<URL, 'port' | 'pathname' | 'username' | 'search'>>): string =>
  Object.assign(new URL(asOwner(POSTGRES ?? '')), { password: 'hunter2' }, change).href;

describe('a database is opened', () => {
  it('by many replicas at once, of which one makes the tables', async () => {
    const db = temporaryFolder().file('new.db');
    const replicas = Array.from({ length: 6 }, () => openFixed(db));
    const seen = await Promise.all(replicas.map(replica => replica.status()));
    expect(new Set(seen.map(({ store }) => store.schema_version))).toEqual(new Set([MIGRATIONS.length]));
    await using owner = await psql(db);
    expect(await owner.rows('select count(*) as count from migration')).toEqual([
      { count: MIGRATIONS.length },
    ]);
    await Promise.all(replicas.map(replica => replica.close()));
  });

  it('and is sound in a schema called as docs/scale.md calls it, which our setting begins with too', async () => {
    const db = at({ search: '?schema=mintmark' });
    await using owner = await psql(db);
    await owner.rows('drop schema if exists mintmark cascade');
    {
      await using engine = openFixed(db);
      await engine.memories.propose({ changes: [{ content: 'Kamal deploys.' }], commit: true });
      expect((await engine.verify({ deep: true })).findings).toEqual([]);
    }
    await owner.rows('drop schema mintmark cascade');
  });

  it('unless a newer version wrote it', async () => {
    const db = temporaryFolder().file('newer.db');
    expect(await outcome(db)).toBe('opened');
    await using owner = await psql(db);
    await owner.rows(`insert into migration values (${MIGRATIONS.length + 1}, 'later', 'x')`);
    expect(await outcome(db)).toMatch(/^upgrade_needed: .*knows up to \d/);
  });

  it('unless its schema is not what its version says', async () => {
    const db = temporaryFolder().file('altered.db');
    expect(await outcome(db)).toBe('opened');
    await using owner = await psql(db);
    await owner.rows(`update migration set checksum = 'x' where version = 2`);
    expect(await outcome(db)).toMatch(/^upgrade_needed: Schema step 2 /);
  });

  it('unless the tables there are of another program, which are left alone', async () => {
    const db = temporaryFolder().file('theirs.db');
    await using owner = await psql(db);
    await owner.rows(`create schema ${owner.schema} authorization ${OWNER}`);
    await owner.rows('create table memory (mine text)');
    expect(await outcome(db)).toMatch(/^not_a_database: .*tables of another program/);
    expect(await owner.rows(`select to_regclass('event') as event, to_regclass('memory') as memory`)).toEqual(
      [{ event: null, memory: 'memory' }],
    );
  });

  it.each([
    ['there is no server', at({ port: '1' }), /^unavailable: .*cannot be reached.*Repeat/],
    ['there is no such database', at({ pathname: '/nowhere' }), /^cannot_open: There is no such/],
    ['there is no such user', at({ username: 'nobody' }), /^cannot_open: .*refused the user/],
  ])('unless %s, which is said without the password', async (_, db, message) => {
    const said = await outcome(db);
    expect(said).toMatch(message);
    expect(said).not.toContain('hunter2');
  });

  it('and status shows where it lies, without the password', async () => {
    const db = at({ search: 'schema=test_status_shown' });
    await using engine = openFixed(db);
    const { store } = await engine.status();
    expect(store.path).toMatch(/^postgres(?:ql)?:\/\/\w+@[\w.:]+\/\w+\?schema=test_status_shown$/);
    expect(store.engine).toMatch(/^PostgreSQL 1\d/);
    expect(store.vectors).toMatch(/^pgvector 0\.[89]/);
    await using owner = await psql('unused');
    await owner.rows('drop schema test_status_shown cascade');
  });
});
