import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { databasePath } from '../support/remember.js';
import { listenToStatements } from '../support/statements.js';

const hello = { role: 'user', content: 'Hello.' };
const hi = { role: 'assistant', content: 'Hi! What shall we do?' };

describe('session_append', () => {
  it('commits once a batch, whatever its size', async () => {
    await using server = await connect();
    const { session_id } = await server.call('session_append', { messages: [] });
    using heard = listenToStatements();
    for (const size of [1, 20, 100])
      await server.call('session_append', { session_id, messages: Array(size).fill(hello) });
    expect(heard.commits()).toBe(3);
  });

  it('opens a session, keeps messages and says how full the context is', async () => {
    await using server = await connect();
    const { session_id, ...reply } = await server.call('session_append', { messages: [hello, hi] });
    expect(session_id).toMatch(/^ses_/);
    expect(reply).toMatchObject({
      created: true,
      context: { tokens: 4 + 2 + 4 + 7, usable: 200_000 - 8192 - 20_000, share: 0 },
      maintenance: {},
      scope: 'repo:acme/app',
    });
    expect(reply.message_ids).toHaveLength(2);
    expect(reply.context).not.toHaveProperty('approximate');
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('goes on where it was, by id, by URI and by the name the caller gave', async () => {
    await using server = await connect();
    const opened = { external_id: 'thread-7', create: true, messages: [hello] };
    const { session_id } = await server.call('session_append', opened);
    for (const name of [session_id, `session://${session_id}`, 'thread-7'])
      expect(await server.call('session_append', { session_id: name, messages: [hi] })).toMatchObject({
        session_id,
      });
    const again = await server.call('session_append', opened);
    expect(again.session_id).toBe(session_id);
    expect(again).not.toHaveProperty('created');
    expect(await texts(server, session_id)).toEqual(['Hello.', hi.content, hi.content, hi.content, 'Hello.']);
  });

  it.each([
    [{ session_id: 'ses_00000000000000000000000000000099' }, /not_found.*leave session_id out/s],
    [{ session_id: 'ses_00000000000000000000000000000099', create: true }, /not_found/],
    [{ session_id: 'no such thread' }, /not_found.*create: true/s],
    [{ external_id: 'no such thread' }, /not_found.*create: true/s],
    [{ external_id: 'ses_mine', create: true }, /invalid.*begins like an id/s],
    [{ external_id: '  ', create: true }, /invalid.*blank/s],
    [{ external_id: 'session://mine', create: true }, /invalid.*begins like a URI/s],
    [{ session_id: 'session://ses_mine', create: true }, /not_found.*leave session_id out/s],
    [{ session_id: 'one', external_id: 'two', create: true }, /conflict.*"one".*"two".*Give one/s],
    [{ model: ' ' }, /invalid.*blank/s],
    [{ context_limit: 5000, max_output: 4500 }, /invalid.*leaves nothing/s],
  ])('refuses a session given as %j', async (asked, message) => {
    await using server = await connect();
    await expect(server.call('session_append', { ...asked, messages: [hello] })).rejects.toThrow(message);
    expect((await server.call('status')).counts.events).toBe(0);
  });

  it('is opened once under a name that is given as a URI', async () => {
    await using server = await connect();
    const asked = { session_id: 'session://my%20thread', create: true, messages: [] };
    const { session_id } = await server.call('session_append', asked);
    for (const again of [asked, { external_id: 'my thread', messages: [] }])
      expect((await server.call('session_append', again)).session_id).toBe(session_id);
    const both = { session_id: 'another', external_id: 'my thread', messages: [] };
    await expect(server.call('session_append', both)).rejects.toThrow(
      /conflict.*There is no session "another"/s,
    );
    const same = { session_id: 'new', external_id: ' new', create: true, messages: [] };
    const { session_id: created } = await server.call('session_append', same);
    expect((await server.call('session_append', same)).session_id).toBe(created);
  });

  it('is not opened under a name that a session of another project has, nor mixed into that', async () => {
    const db = databasePath();
    await using first = await connect({ db });
    const asked = { external_id: 'main', create: true, messages: [hello] };
    const { session_id } = await first.call('session_append', asked);
    const home = { nodes: ['repo:acme/other'], aliases: [] };
    await using second = await connect({ db, home, sources: first.sources });
    await expect(second.call('session_append', asked)).rejects.toThrow(
      /conflict.*is about repo:acme\/app, not repo:acme\/other.*another external_id.*leave create out/s,
    );
    await second.call('session_append', { external_id: 'main', messages: [hi] });
    await first.call('session_append', asked);
    expect(await texts(first, session_id)).toEqual([hello.content, hi.content, hello.content]);
    const renamed = { nodes: ['repo:acme/new'], aliases: ['repo:acme/app'] };
    await using third = await connect({ db, home: renamed, sources: first.sources });
    expect((await third.call('session_append', asked)).session_id).toBe(session_id);
    const everywhere = { external_id: 'all', create: true, graph_nodes: [], messages: [] };
    await first.call('session_append', everywhere);
    const { scope } = await second.call('session_append', { external_id: 'all', create: true, messages: [] });
    expect(scope).toBe('global');
  });

  it('tells who sends the shape of an API what goes where', async () => {
    await using server = await connect();
    for (const message of [
      { role: 'user', parts: [{ type: 'text', text: 'Look.', image_url: 'https://example.org/a.png' }] },
      { role: 'assistant', tool_calls: [] },
    ])
      await expect(server.call('session_append', { messages: [message] })).rejects.toThrow(
        /invalid.*content is text; all else goes into parts.*file_ref \{uri\} for images/s,
      );
  });

  it('keeps an empty session', async () => {
    await using server = await connect();
    const { session_id, message_ids } = await server.call('session_append', { messages: [] });
    expect(message_ids).toEqual([]);
    expect(await texts(server, session_id)).toEqual([]);
  });

  it('refuses two names that are of two sessions, and another scope than the one it has', async () => {
    await using server = await connect();
    const { session_id } = await server.call('session_append', { messages: [hello] });
    await server.call('session_append', { external_id: 'b', create: true, messages: [] });
    const both = { session_id, external_id: 'b', messages: [hello] };
    await expect(server.call('session_append', both)).rejects.toThrow(/conflict.*no external_id/s);
    const elsewhere = { session_id, graph_nodes: ['repo:other/app'], messages: [hello] };
    await expect(server.call('session_append', elsewhere)).rejects.toThrow(/conflict.*keeps its scope/s);
    await server.call('session_append', { session_id, graph_nodes: ['repo:acme/app'], messages: [hello] });
  });

  it('replaces what was there in one transaction, which an as_of before it still shows', async () => {
    await using server = await connect();
    const { session_id } = await server.call('session_append', { messages: [{ ...hello, id: 'a' }, hi] });
    const before = server.sources.now();
    const anew = await server.call('session_append', {
      session_id,
      replace: true,
      messages: [
        { ...hello, id: 'a' },
        { role: 'user', content: 'Once more.' },
      ],
    });
    expect(anew).not.toHaveProperty('skipped');
    expect(await texts(server, session_id)).toEqual(['Hello.', 'Once more.']);
    expect(await texts(server, session_id, before)).toEqual(['Hello.', hi.content]);
    await expect(
      server.call('session_append', { session_id, replace: true, messages: [{ role: 'user' }] }),
    ).rejects.toThrow(/content or parts/);
    expect(await texts(server, session_id)).toEqual(['Hello.', 'Once more.']);
  });

  it('answers a repeated key with the stored reply, and does it once', async () => {
    await using server = await connect();
    const { session_id } = await server.call('session_append', { messages: [] });
    const once = { session_id, messages: [hello], idempotency_key: 'k' };
    const first = await server.call('session_append', once);
    expect(await server.call('session_append', once)).toEqual({ ...first, replayed: true });
    expect(await texts(server, session_id)).toEqual(['Hello.']);
    await expect(server.call('session_append', { ...once, messages: [hi] })).rejects.toThrow(/conflict/);
  });

  it('numbers what two windows append at once without a gap or a loss', async () => {
    const db = databasePath();
    await using one = await connect({ db });
    await using two = await connect({ db, sources: one.sources });
    const { session_id } = await one.call('session_append', { messages: [] });
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        (n % 2 ? one : two).call('session_append', {
          session_id,
          messages: [0, 1, 2].map(k => ({ id: `${n}.${k}`, role: 'user', content: `${n}.${k}` })),
        }),
      ),
    );
    const { text } = await one.engine.sessions.read({ id: session_id });
    const numbers = [...text.matchAll(/^\[(\d+)\] user\n\d+\.(\d)$/gm)];
    expect(numbers.map(([, number]) => Number(number))).toEqual(Array.from({ length: 120 }, (_, n) => n + 1));
    expect(numbers.map(([, , k]) => Number(k))).toEqual(Array.from({ length: 120 }, (_, n) => n % 3));
    expect((await two.engine.verify({ deep: true })).findings).toEqual([]);
  });
});

type Server = Awaited<ReturnType<typeof connect>>;

/** The text of each message that is not hidden, in order. */
async function texts({ engine }: Server, id: string, asOf?: number): Promise<string[]> {
  const { text } = await engine.sessions.read({ id, asOf });
  return text === '' ? [] : text.split(/\n\n(?=\[)/).map(message => message.replace(/^\[.*\n/, ''));
}
