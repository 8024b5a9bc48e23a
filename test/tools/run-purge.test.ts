import { describe, expect, it } from 'vitest';
import { purgeEpisodes, purgeRuns } from '../../src/run/purge.js';
import { connect } from '../support/connect.js';
import { storeFor } from '../support/engines.js';
import { databasePath } from '../support/remember.js';
import { eventsOf, openRun, readJson } from '../support/runs.js';
import { wordsIn } from '../support/stored.js';

type Server = Awaited<ReturnType<typeof connect>>;

/** A run with a word in every place that holds text: `grapefruit`. */
async function fill(server: Server) {
  const word = 'grapefruit';
  const run_id = await openRun(server, { objective: word, external_id: `x-${word}`, tags: [word] });
  const large = (id: string) => ({ id, content: `${word} `.repeat(450) });
  for (const [seq, id] of ['a', 'b'].entries())
    await server.call('working_set_patch', {
      run_id,
      expected_seq: seq,
      append: { sliding_context: [large(id)] },
      idempotency_key: id,
    });
  await server.call('run_record', {
    run_id,
    events: [{ type: 'NOTE', payload: { word } }],
    idempotency_key: word,
  });
  const sealed = await server.call('episode_seal', { run_id, reason: word, idempotency_key: word });
  return { run_id, ...sealed };
}

/** What the engine's own transaction would do; a purge by tool is the business of memory_forget. */
async function purge(db: string, server: Server, work: typeof purgeRuns, ids: readonly string[]) {
  const store = storeFor(db);
  await store.write('default', writer => work({ sources: server.sources }, writer, ids));
  await store.settle('default');
  await store.close();
}

describe('a purged run', () => {
  it('leaves no word of it behind, and chains that hold', async () => {
    const db = databasePath();
    await using server = await connect({ db });
    const { run_id, uri } = await fill(server);
    const kept = await openRun(server, { objective: 'Another.' });
    await purge(db, server, purgeRuns, [run_id]);
    await expect(readJson(server, `run://${run_id}`)).rejects.toThrow(/There is no run/);
    await expect(readJson(server, uri)).rejects.toThrow(/There is no episode/);
    expect((await server.call('run_open', { run_id: kept })).resumed).toBe(true);
    const { findings, ledger } = await server.engine.verify({ deep: true });
    expect(findings).toEqual([]);
    const stream = ledger.find(({ stream: name }) => name === `run:${run_id}`);
    expect(stream?.purged).toBe(stream?.events);
    await server.engine.close();
    expect(await wordsIn(db, ['grapefruit'])).toEqual([]);
  });

  it('frees its external id', async () => {
    const db = databasePath();
    await using server = await connect({ db });
    const run_id = await openRun(server, { external_id: 'ticket-7' });
    await purge(db, server, purgeRuns, [run_id]);
    const again = await server.call('run_open', { external_id: 'ticket-7', objective: 'Anew.' });
    expect(again.resumed).toBeUndefined();
    expect(again.run_id).not.toBe(run_id);
  });
});

describe('a purged episode', () => {
  it('is gone with its reason; the run goes on, and its next episode begins where that one ended', async () => {
    const db = databasePath();
    await using server = await connect({ db });
    const { run_id, episode_id, uri } = await fill(server);
    const before = await readJson(server, `run://${run_id}`);
    await purge(db, server, purgeEpisodes, [episode_id]);
    await expect(readJson(server, uri)).rejects.toThrow(/There is no episode/);
    expect((await eventsOf(server, run_id)).at(-1)).toMatchObject({ type: 'MILESTONE', payload: null });
    const next = await server.call('episode_seal', { run_id, reason: 'next' });
    expect(await readJson(server, next.uri)).toMatchObject({ number: 2, ws_before: before.working_set });
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });
});
