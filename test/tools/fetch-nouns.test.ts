import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { openRun } from '../support/runs.js';

type Server = Awaited<ReturnType<typeof connect>>;

const strike = (server: Server, fields = {}) =>
  server.call('checkpoint', {
    session_summary: 'We moved billing.',
    high_level: 'Billing moved.',
    ...fields,
  });

describe('fetch', () => {
  it('reads a medallion, one of its versions, and what it was at a time', async () => {
    await using server = await connect();
    const { uri, medallion_id } = await strike(server);
    const between = new Date(server.sources.now()).toISOString();
    server.sources.forward(60_000);
    await strike(server, { high_level: 'Billing moved twice.' });
    expect(JSON.parse((await server.call('fetch', { uri })).text).summary.high_level).toBe(
      'Billing moved twice.',
    );
    for (const past of [{ uri: `${uri}/v/1` }, { uri: medallion_id, as_of: between }]) {
      const reply = await server.call('fetch', past);
      expect(reply).toMatchObject({ kind: 'medallion', scope: 'repo:acme/app' });
      expect(JSON.parse(reply.text).summary.high_level).toBe('Billing moved.');
    }
  });

  it('goes on with the version it began with, whatever is written between two pages', async () => {
    await using server = await connect();
    const lines = Array.from({ length: 60 }, (_, at) => `Look at part ${at} of the billing service first.`);
    const { uri } = await strike(server, { recommended_entry_points: lines });
    const whole = (await server.call('fetch', { uri: `${uri}/v/1`, max_tokens: 25_000 })).text;
    let { text, next_cursor: cursor } = await server.call('fetch', { uri, max_tokens: 200 });
    await strike(server, { recommended_entry_points: ['Somewhere else.'] });
    while (cursor) {
      const page = await server.call('fetch', { uri, max_tokens: 200, cursor });
      text += page.text;
      cursor = page.next_cursor;
    }
    expect(JSON.parse(text).affordances).toEqual(JSON.parse(whole).affordances);
  });

  it('reads a run by id, URI and external id, and an episode', async () => {
    await using server = await connect();
    const run = await openRun(server, { external_id: 'ticket-7' });
    for (const uri of [run, `run://${run}`, 'run://ticket-7']) {
      const reply = await server.call('fetch', { uri });
      expect(reply).toMatchObject({ kind: 'run', meta: { id: run, external_id: 'ticket-7' } });
      expect(JSON.parse(reply.text)).toMatchObject({ objective: 'Ship the release.' });
    }
    const { uri } = await server.call('episode_seal', { run_id: run, reason: 'first' });
    expect(await server.call('fetch', { uri })).toMatchObject({ kind: 'episode', meta: { number: 1 } });
  });

  it.each(['team/chat 9', '会话#7?', '100%', 'a%20b'])(
    'reads what the caller calls %j by its URI, percent-encoded or not',
    async external_id => {
      await using server = await connect();
      const run = await openRun(server, { external_id });
      const { session_id } = await server.call('session_append', { external_id, create: true, messages: [] });
      for (const name of [external_id, encodeURIComponent(external_id)]) {
        const idOf = async (uri: string) => (await server.call('fetch', { uri })).meta.id;
        expect(await idOf(`run://${name}`)).toBe(run);
        expect(await idOf(`run://${name}/ledger`)).toBe(run);
        expect(await idOf(`session://${name}`)).toBe(session_id);
      }
      await openRun(server, { external_id: 'a b' });
      expect((await server.call('fetch', { uri: `run://${external_id}` })).meta.id).toBe(run);
    },
  );

  it('pages through a long ledger without losing or repeating an event', async () => {
    await using server = await connect();
    const run = await openRun(server);
    for (let batch = 0; batch < 3; batch++)
      await server.call('run_record', {
        run_id: run,
        events: Array.from({ length: 100 }, (_, at) => ({
          type: 'NOTE',
          payload: { note: batch * 100 + at },
        })),
      });
    const uri = `run://${run}/ledger`;
    let text = '';
    let cursor: string | undefined;
    do {
      const page = await server.call('fetch', { uri, max_tokens: 2000, ...(cursor && { cursor }) });
      text += page.text;
      cursor = page.next_cursor;
    } while (cursor);
    const notes = [...text.matchAll(/"note":(\d+)/g)].map(([, note]) => Number(note));
    expect(notes).toEqual(Array.from({ length: 300 }, (_, at) => at));
  });

  it('gives a ledger an event a line, so that lines are events', async () => {
    await using server = await connect();
    const run = await openRun(server);
    const events = [1, 2].map(note => ({ type: 'NOTE', payload: { note } }));
    await server.call('run_record', { run_id: run, events });
    const { text } = await server.call('fetch', { uri: `run://${run}/ledger`, lines: '4' });
    expect(JSON.parse(text)).toMatchObject({ sequence: 3, type: 'NOTE', payload: { note: 2 } });
  });

  it('reads a session, its newest messages, and one message', async () => {
    await using server = await connect();
    const messages = ['One.', 'Two.', 'Three.'].map(content => ({ role: 'user', content }));
    const { session_id, message_ids } = await server.call('session_append', { messages });
    const whole = await server.call('fetch', { uri: `session://${session_id}` });
    expect(whole).toMatchObject({ kind: 'session', meta: { messages: 3 } });
    expect(whole.text).toMatch(/One\..*Two\..*Three\./s);
    const { text } = await server.call('fetch', { uri: session_id, last: 1 });
    expect(text).toContain('Three.');
    expect(text).not.toContain('Two.');
    expect((await server.call('fetch', { uri: `message://${message_ids[1]}` })).text).toContain('Two.');
  });

  it.each([
    ['medallion://med_0', 'not_found'],
    ['session://nobody', 'not_found'],
    ['message://msg_0', 'not_found'],
    ['medallion://med_0/v/x', 'invalid'],
    ['run://nobody', 'not_found'],
    ['episode://epi_0', 'not_found'],
    ['blob://blob_0', 'not_found'],
    ['blob://nobody', 'invalid'],
  ])('of %s is %s', async (uri, code) => {
    await using server = await connect();
    await expect(server.call('fetch', { uri })).rejects.toThrow(code);
  });
});
