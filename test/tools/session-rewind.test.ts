import { describe, expect, it } from 'vitest';
import { type Connection, connect, fixedSources } from '../support/connect.js';
import { databasePath } from '../support/remember.js';
import { wordsIn } from '../support/stored.js';

type Server = Awaited<ReturnType<typeof connect>>;

const said = (...texts: string[]) => texts.map(text => ({ id: text, role: 'user', content: text }));

async function open(
  server: Server,
  ...texts: string[]
): Promise<{ session_id: string; message_ids: string[] }> {
  return server.call('session_append', { messages: said(...texts) });
}

const shown = async (server: Server, id: string, asOf?: number): Promise<string> =>
  (await server.engine.sessions.read({ id, asOf })).text
    .replace(/\[(\d+)\] user\n/g, '$1:')
    .replace(/\s+/g, ' ');

/** Closes the file again, which may be read only then: opening it drops SQLite's locks. */
async function within<T>(connection: Connection, work: (server: Server) => Promise<T>): Promise<T> {
  await using server = await connect(connection);
  return await work(server);
}

const findings = async (server: Server) => (await server.engine.verify({ deep: true })).findings;

describe('session_rewind', () => {
  it('hides a message and all after it, and the numbers go on', async () => {
    await using server = await connect();
    const { session_id, message_ids } = await open(server, 'a', 'b', 'c');
    const before = server.sources.now();
    expect(await server.call('session_rewind', { session_id, message_id: message_ids[1] })).toEqual({
      session_id,
      hidden: 2,
      purged: 0,
      scope: 'repo:acme/app',
    });
    const { context } = await server.call('session_append', { session_id, messages: said('d') });
    expect(context.tokens).toBe(10);
    expect(await shown(server, session_id)).toBe('1:a 4:d');
    expect(await shown(server, session_id, before)).toBe('1:a 2:b 3:c');
    expect(await findings(server)).toEqual([]);
  });

  it('takes the id of the client, and done again takes nothing that came later', async () => {
    await using server = await connect();
    const { session_id, message_ids } = await open(server, 'a', 'b');
    await server.call('session_rewind', { session_id, message_id: 'b' });
    await server.call('session_append', { session_id, messages: said('c') });
    const again = await server.call('session_rewind', {
      session_id,
      message_id: `message://${message_ids[1]}`,
    });
    expect(again.hidden).toBe(0);
    expect(await shown(server, session_id)).toBe('1:a 3:c');
  });

  it.each([
    [{}, /invalid.*Nothing says how far/s],
    [{ message_id: 'a', all: true }, /invalid.*Both/s],
    [{ message_id: 'z' }, /not_found.*no message "z".* by which hidden messages are known/s],
    [{ session_id: 'ses_0', all: true }, /not_found.*no session "ses_0"/s],
    [{ session_id: 'other', message_id: 'a' }, /not_found/],
  ])('refuses %j and changes nothing', async (asked, message) => {
    await using server = await connect();
    const { session_id } = await open(server, 'a');
    await expect(server.call('session_rewind', { session_id, ...asked })).rejects.toThrow(message);
    expect(await shown(server, session_id)).toBe('1:a');
  });

  it('does not reach the message of another session', async () => {
    await using server = await connect();
    const { message_ids } = await open(server, 'a');
    const { session_id } = await open(server, 'b');
    const reaching = server.call('session_rewind', { session_id, message_id: message_ids[0], purge: true });
    await expect(reaching).rejects.toThrow(/not_found/);
  });

  it('deletes a session, which is then begun anew only on purpose', async () => {
    await using server = await connect();
    const opening = { external_id: 't', create: true, messages: said('a', 'b') };
    const { session_id } = await server.call('session_append', opening);
    expect(await server.call('session_rewind', { session_id: 't', all: true })).toMatchObject({ hidden: 2 });
    expect(await server.call('session_rewind', { session_id: 't', all: true })).toMatchObject({ hidden: 0 });
    const { meta, text } = await server.engine.sessions.read({ id: session_id });
    expect([text, meta.deleted_at]).toEqual(['', expect.any(String)]);
    expect(await server.engine.sessions.list({ limit: 10 })).toEqual([]);
    const silently = server.call('session_append', { session_id, messages: said('c') });
    await expect(silently).rejects.toThrow(/not_found.*was deleted/s);
    expect(await findings(server)).toEqual([]);
    const anew = await server.call('session_append', { ...opening, messages: said('a') });
    expect(anew).toMatchObject({ session_id });
    expect(await shown(server, session_id)).toBe('3:a');
    expect(await findings(server)).toEqual([]);
  });

  it('erases messages for good: text, names and stored replies; hashes stay', async () => {
    const db = databasePath();
    const sources = fixedSources();
    const secret = { id: 'grapefruit', role: 'user', name: 'grapefruit', content: 'grapefruit' };
    const append = (session_id: string) => ({ session_id, messages: [secret], idempotency_key: 'k' });
    const session_id = await within({ db, sources }, async server => {
      const opened = await open(server, 'kept');
      await server.call('session_append', append(opened.session_id));
      const gone = await server.call('session_rewind', {
        session_id: opened.session_id,
        message_id: 'grapefruit',
        purge: true,
      });
      expect(gone).toMatchObject({ hidden: 0, purged: 1, wal_pending: false });
      expect(gone.note).toMatch(/out of reach/);
      expect(await findings(server)).toEqual([]);
      return opened.session_id;
    });
    expect(await wordsIn(db, ['grapefruit'])).toEqual([]);
    await within({ db, sources }, async server => {
      // Its stored reply went too, so the same call appends anew instead of naming what is gone.
      expect(await server.call('session_append', append(session_id))).not.toHaveProperty('replayed');
      expect(await shown(server, session_id)).toMatch(/^1:kept \[3\] user \(grapefruit\)/);
    });
  });

  it('erases with a hidden message those that were hidden with it, and no others', async () => {
    await using server = await connect();
    const { session_id, message_ids } = await open(server, 'a', 'b', 'c');
    await server.call('session_rewind', { session_id, message_id: 'b' });
    await server.call('session_append', { session_id, messages: said('d') });
    const gone = await server.call('session_rewind', { session_id, message_id: message_ids[1], purge: true });
    expect(gone.purged).toBe(2);
    expect(await shown(server, session_id)).toBe('1:a 4:d');
    expect(await findings(server)).toEqual([]);
  });

  it('erases a whole session with its names and its scope', async () => {
    const db = databasePath();
    const sources = fixedSources();
    const opened = { external_id: 'grapefruit', create: true, graph_nodes: ['project:pomelo'] };
    await within({ db, sources }, async server => {
      const messages = said('a', 'b');
      const { session_id } = await server.call('session_append', { ...opened, messages });
      await server.call('session_rewind', { session_id, message_id: 'b' });
      const gone = await server.call('session_rewind', { session_id, all: true, purge: true });
      expect(gone).toMatchObject({ hidden: 0, purged: 2 });
      await expect(server.engine.sessions.read({ id: session_id })).rejects.toThrow(/There is no session/);
      expect(await findings(server)).toEqual([]);
    });
    expect(await wordsIn(db, ['grapefruit', 'pomelo'])).toEqual([]);
    await within({ db, sources }, async server => {
      expect(await server.call('session_append', { ...opened, messages: said('a') })).toMatchObject({
        created: true,
      });
      expect(await findings(server)).toEqual([]);
    });
  });
});
