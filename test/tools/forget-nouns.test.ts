import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';
import { openRun } from '../support/runs.js';

type Server = Awaited<ReturnType<typeof connect>>;

async function work(server: Server) {
  const memory = await remember(server, 'We deploy with Kamal.');
  const run = await openRun(server, { objective: 'Find the zebra.' });
  await server.call('run_record', { run_id: run, events: [{ type: 'NOTE', payload: { text: 'a zebra' } }] });
  const { episode_id: episode } = await server.call('episode_seal', { run_id: run, reason: 'zebra seen' });
  const { medallion_id: medallion } = await server.call('checkpoint', { session_summary: 'Zebra found.' });
  return { memory, run, episode, medallion };
}

const healthy = async (server: Server) =>
  expect((await server.engine.verify({ deep: true })).findings).toEqual([]);

describe('memory_forget with purge', () => {
  it('erases a run with its episodes, and a medallion with its versions', async () => {
    await using server = await connect();
    const { run, episode, medallion } = await work(server);
    const reply = await server.call('memory_forget', { ids: [run, `medallion://${medallion}`], purge: true });
    expect(reply).toMatchObject({ count: 2, ids: [run, medallion], purged: true });
    for (const uri of [run, episode, medallion])
      await expect(server.call('fetch', { uri })).rejects.toThrow('not_found');
    expect((await server.call('load_by_scope')).text).not.toMatch(/zebra/i);
    await healthy(server);
  });

  it('erases an episode and leaves its run', async () => {
    await using server = await connect();
    const { run, episode } = await work(server);
    await server.call('memory_forget', { ids: [episode], purge: true });
    await expect(server.call('fetch', { uri: episode })).rejects.toThrow('not_found');
    expect(await server.call('fetch', { uri: run })).toMatchObject({ kind: 'run' });
    await healthy(server);
  });

  it('takes several nouns at once, all or nothing', async () => {
    await using server = await connect();
    const { memory, run } = await work(server);
    const ids = [memory, run, 'epi_00'];
    await expect(server.call('memory_forget', { ids, purge: true })).rejects.toThrow('not_found');
    expect(await server.call('fetch', { uri: memory })).toMatchObject({ kind: 'memory' });
    await server.call('memory_forget', { ids: [memory, run], purge: true });
    await expect(server.call('fetch', { uri: memory })).rejects.toThrow('not_found');
    await healthy(server);
  });

  it('counts without changing anything in a dry run', async () => {
    await using server = await connect();
    const { run } = await work(server);
    const reply = await server.call('memory_forget', { ids: [run], purge: true, dry_run: true });
    expect(reply).toMatchObject({ count: 1, purged: false, dry_run: true });
    expect(await server.call('fetch', { uri: run })).toMatchObject({ kind: 'run' });
  });

  it('refuses in a dry run what the call itself would refuse', async () => {
    await using server = await connect();
    const { run } = await work(server);
    const ids = [run, 'mem_nowhere'];
    const dry = server.call('memory_forget', { ids, purge: true, dry_run: true });
    await expect(dry).rejects.toThrow(/^not_found: .*mem_nowhere/);
  });
});

it('erases a session with its messages, and leaves the others', async () => {
  await using server = await connect({ options: { tools: ['all'] } });
  const append = (content: string) =>
    server.call('session_append', { messages: [{ role: 'user', content }] });
  const [gone, kept] = [await append('A zebra.'), await append('A horse.')];
  await server.call('memory_forget', { ids: [`session://${gone.session_id}`], purge: true });
  for (const uri of [gone.session_id, gone.message_ids[0]])
    await expect(server.call('fetch', { uri })).rejects.toThrow('not_found');
  expect((await server.call('fetch', { uri: kept.session_id })).text).toContain('A horse.');
  await healthy(server);
});

describe('a name of the caller', () => {
  const speak = { messages: [{ role: 'user', content: 'A zebra.' }] };
  const all = { options: { tools: ['all' as const] } };

  it('stands for the run or session, also when the purge is repeated', async () => {
    await using server = await connect(all);
    const run = await openRun(server, { external_id: 'ticket-7' });
    const { session_id } = await server.call('session_append', {
      ...speak,
      external_id: 'chat',
      create: true,
    });
    const ids = ['ticket-7', 'session://chat'];
    const purge = { ids, purge: true, idempotency_key: 'once' };
    const reply = await server.call('memory_forget', purge);
    expect(reply).toMatchObject({ count: 2, ids: [run, session_id], purged: true });
    expect(await server.call('memory_forget', purge)).toMatchObject({ count: 2, replayed: true });
    await expect(server.call('memory_forget', { ids, purge: true })).rejects.toThrow(/^invalid: "ticket-7"/);
    await healthy(server);
  });

  it('of both a run and a session stands for neither until its noun is named', async () => {
    await using server = await connect(all);
    const run = await openRun(server, { external_id: 'seven' });
    await server.call('session_append', { ...speak, external_id: 'seven', create: true });
    const refused = server.call('memory_forget', { ids: ['seven'], purge: true });
    await expect(refused).rejects.toThrow(/^invalid: "seven" .*run:\/\/ or session:\/\//);
    const reply = await server.call('memory_forget', { ids: ['run://seven'], purge: true, dry_run: true });
    expect(reply).toMatchObject({ ids: [run], note: expect.stringContaining('without dry_run') });
  });
});

describe('memory_forget without purge', () => {
  it('neither deprecates nor restores a run', async () => {
    await using server = await connect();
    const { run } = await work(server);
    await expect(server.call('memory_forget', { ids: [run] })).rejects.toThrow('purge: true');
    await expect(server.call('memory_forget', { ids: [run], restore: true })).rejects.toThrow(
      'only memories',
    );
  });

  it.each([
    ['bat_1', 'memory_commit'],
    ['msg_1', 'session_rewind'],
    ['sum_1', 'session_rewind'],
    ['constructor_1', 'Give ids that start with mem_'],
  ])('names %s as nothing that can be forgotten, and what to do', async (id, next) => {
    await using server = await connect();
    const refused = server.call('memory_forget', { ids: [id], purge: true });
    await expect(refused).rejects.toThrow(new RegExp(`^invalid: "${id}" is no id.*${next}`));
  });
});
