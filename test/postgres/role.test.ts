import { beforeAll, describe, expect, it } from 'vitest';
import { fillWithEverything, openFixed } from '../store/everything.js';
import { connect } from '../support/connect.js';
import { wordEmbedder } from '../support/embedders.js';
import { temporaryFolder } from '../support/mintmark.js';
import { psql } from '../support/postgres.js';
import { remember } from '../support/remember.js';
import { grantServing, ROLE } from '../support/serving-role.js';

const db = temporaryFolder().file('served.db');

let served: string;

beforeAll(async () => {
  await using engine = openFixed(db);
  await engine.status();
  served = await grantServing(db);
}, 600_000);

const NOT_COMPARED = [
  expect.objectContaining({
    check: 'schema',
    advice: expect.stringContaining('as the owner of the database'),
  }),
];

describe('a role that is not the owner, with what docs/scale.md grants', () => {
  it('does all there is to do, and finds the database sound as far as it may look', async () => {
    const embedder = wordEmbedder();
    await using server = await connect({ db: served, embedder });
    const { engine } = server;
    await fillWithEverything(engine);
    await remember(server, 'The server is no owner.');
    await engine.settled();
    expect((await server.call('search', { query: 'who is the owner' })).hits).not.toEqual([]);
    const { grant } = await engine.tokens.create({ namespace: 'team-b', permissions: ['read'] });
    expect((await engine.tokens.revoke(grant.id)).revoked_at).toBeDefined();
    await engine.memories.propose(
      { changes: [{ content: 'Another namespace.' }], commit: true },
      engine.call({ namespace: 'team-b' }),
    );
    await engine.maintain();
    await engine.reindex({ fresh: true });
    expect((await engine.status()).backlog.pending_embeddings).toBe(0);
    expect((await engine.verify({ deep: true })).findings).toEqual(NOT_COMPARED);
  });

  it('does not make the indexes that only an owner makes, and goes on without', async () => {
    await using server = await connect({
      db: served,
      embedder: wordEmbedder({ name: 'indexed' }),
      options: { namespace: 'indexed', pgExact: 5 },
    });
    for (let index = 1; index < 12; index += 1)
      await server.call('memory_propose', {
        changes: [{ content: `w${(index * 48_271 * 7919).toString(36)} fruit` }],
      });
    await server.engine.settled();
    const found = await server.call('search', { query: 'fruit', statuses: ['proposed'], limit: 20 });
    expect(found.hits).toHaveLength(11);
    expect((await server.engine.verify({ deep: true })).findings).toEqual(NOT_COMPARED);
  });

  it.each([
    'delete from event',
    `update event set type = 'x'`,
    'truncate memory',
    `update body set content = '{}'`,
    `update access_token set permissions = '["admin"]'`,
    'delete from migration',
    'alter table event disable trigger event_is_kept',
    'drop trigger event_is_kept on event',
    'create or replace function mintmark_refuse() returns trigger language plpgsql as $$ begin return new; end $$',
    'set session_replication_role = replica',
    'alter table memory add column mine text',
    'create table mine (id bigint)',
  ])('is refused: %s', async script => {
    await using owner = await psql(db);
    await owner.rows(`set role ${ROLE}`);
    await expect(owner.rows(script)).rejects.toThrow(/permission denied|must be owner/);
  });
});
