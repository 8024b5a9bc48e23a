import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { databasePath } from '../support/remember.js';
import { wordsIn } from '../support/stored.js';

type Server = Awaited<ReturnType<typeof connect>>;

const WORDS = ['grapefruit', 'pomelo', 'kumquat', 'tangelo', 'yuzu'];
const [summary, decision, node, artefact, question] = WORDS;

const secret = (server: Server, fields: object = {}) =>
  server.call('checkpoint', {
    session_summary: `About ${summary}.`,
    graph_nodes: ['repo:acme/app', `fruit:${node}`],
    decisions: [{ statement: `Ban ${decision}.` }],
    open_questions: [{ question: `Why ${question}?` }],
    artefacts: { [`${artefact}`]: 1 },
    ...fields,
  });

const purge = (server: Server, ids: readonly string[]) => server.call('memory_forget', { ids, purge: true });
const sound = async (server: Server) =>
  expect((await server.engine.verify({ deep: true })).findings).toEqual([]);

describe('purging a medallion', () => {
  it('erases every version, its evidence, its scope and stored replies, and leaves chains that verify', async () => {
    const db = databasePath();
    {
      await using server = await connect({ db });
      const { medallion_id, uri } = await secret(server, { idempotency_key: 'k' });
      await secret(server);
      expect(await purge(server, [medallion_id])).toMatchObject({ count: 1, purged: true });
      for (const gone of [uri, `${uri}/v/1`])
        await expect(server.client.readResource({ uri: gone })).rejects.toThrow(/no medallion/);
      expect((await server.call('load_by_scope', { all: true })).medallions).toEqual([]);
      await sound(server);
    }
    expect(await wordsIn(db, WORDS)).toEqual([]);
  });

  it('shows again what only it had superseded', async () => {
    await using server = await connect();
    const kept = await server.call('checkpoint', { session_summary: 'Kept.' });
    const { medallion_id } = await secret(server, { supersedes: [kept.uri] });
    expect((await server.call('load_by_scope')).medallions).toHaveLength(1);
    await purge(server, [medallion_id]);
    expect((await server.call('load_by_scope')).medallions).toEqual([{ uri: kept.uri, version: 1 }]);
    await sound(server);
  });

  it('leaves what superseded it, and a second time finds nothing', async () => {
    await using server = await connect();
    const kept = await server.call('checkpoint', { session_summary: 'Kept.' });
    const { medallion_id } = await secret(server, { supersedes: [kept.uri] });
    await purge(server, [kept.medallion_id]);
    expect((await server.call('load_by_scope')).medallions).toMatchObject([
      { uri: `medallion://${medallion_id}` },
    ]);
    await sound(server);
    await expect(purge(server, [kept.medallion_id])).rejects.toThrow(/^not_found/);
  });

  it('lets its scope be checkpointed anew, under another id', async () => {
    await using server = await connect();
    const { medallion_id } = await secret(server);
    await purge(server, [medallion_id]);
    const anew = await secret(server);
    expect(anew).toMatchObject({ version: 1, created: true });
    expect(anew.medallion_id).not.toBe(medallion_id);
    await sound(server);
  });
});
