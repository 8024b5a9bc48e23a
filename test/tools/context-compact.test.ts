import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';

type Server = Awaited<ReturnType<typeof connect>>;

const words = 'some words '.repeat(30);
const turns = (count: number, from = 1) =>
  Array.from({ length: count }, (_, at) => ({
    id: `t${from + at}`,
    role: (from + at) % 2 === 1 ? 'user' : 'assistant',
    content: `Turn ${from + at}. ${words}`,
  }));
/** Without the ids that they were given by the client. */
const unnamed = (messages: readonly { role: string; content: string }[]) =>
  messages.map(({ role, content }) => ({ role, content }));
const toolTurn = (id: string) => [
  { role: 'assistant', parts: [{ type: 'tool_call', call_id: id, name: 'bash', arguments: { id } }] },
  { role: 'tool', parts: [{ type: 'tool_result', call_id: id, output: words }] },
];

async function opened(server: Server, messages: readonly object[], rest: object = {}): Promise<string> {
  return (await server.call('session_append', { messages, ...rest })).session_id;
}

const built = (server: Server, session_id: string, rest: object = {}) =>
  server.call('context_build', { session_id, ...rest });
const findings = async (server: Server) => (await server.engine.verify({ deep: true })).findings;
/** What a fetch of all pages gives. */
async function fetched(server: Server, uri: string): Promise<string> {
  const pages: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await server.call('fetch', { uri, max_tokens: 300, ...(cursor && { cursor }) });
    pages.push(page.text);
    cursor = page.next_cursor;
    if (!cursor) return pages.join('');
  }
}

/** A session whose first request lies under so many digests, one made of the other. */
async function condensedAway(server: Server, digests: number) {
  const session_id = await opened(server, turns(20), { context_limit: 2000, max_output: 200 });
  await server.engine.settled();
  const { request_id, uri } = (await server.call('context_compact', { session_id })).summary_request;
  const above = new Set<string>();
  for (let at = 21; ; at += 1) {
    await server.call('session_append', { session_id, messages: turns(1, at) });
    await server.engine.settled();
    const before = await built(server, session_id);
    const { uris } = before.report.frontier;
    if (!uris.includes(uri)) above.add(uris[0]);
    if (above.size === digests) return { session_id, request_id, before };
  }
}

describe('context_compact', () => {
  it('puts what the caller wrote over the oldest messages, and the context begins with it', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(20));
    const done = await server.call('context_compact', { session_id, summary: '## Goal\nCount the turns.' });
    expect(done).toMatchObject({ level: 1, covers: '1-15' });
    expect(done.tokens_after).toBeLessThan(done.tokens_before);
    expect(done.summary_request).toBeUndefined();
    const context = await built(server, session_id);
    expect(context.messages[0].role).toBe('user');
    expect(context.messages[0].content).toContain('## Goal\nCount the turns.');
    expect(context.messages[0].content).toContain(`fetch ${done.summary_uri}`);
    expect(context.messages.slice(1)).toMatchObject(unnamed(turns(5, 16)));
    expect(context.total_tokens).toBe(done.tokens_after);
    expect(context.report.frontier).toEqual({ uris: [done.summary_uri], shown: true });
    expect(await findings(server)).toEqual([]);
  });

  it('makes one without a model and takes a better one later in its place', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(20));
    const made = await server.call('context_compact', { session_id });
    expect(made).toMatchObject({ level: 3, summary_request: { uri: made.summary_uri } });
    expect(made.summary_request.headings).toContain('Key instructions & constraints');
    const { request_id } = made.summary_request;
    const appended = await server.call('session_append', { session_id, messages: turns(2, 21) });
    expect(appended.summary_request.request_id).toBe(request_id);
    const answer = { session_id, request_id, summary: 'Goal: to count.' };
    const better = await server.call('context_compact', answer);
    expect(better).toMatchObject({ level: 1, covers: made.covers });
    expect(better.summary_request).toBeUndefined();
    expect((await built(server, session_id)).messages[0].content).toContain('Goal: to count.');
    await expect(server.call('context_compact', answer)).rejects.toThrow(/conflict.*closed/s);
    expect(await findings(server)).toEqual([]);
  });

  it('takes the answer to a request that was condensed meanwhile, and condenses anew', async () => {
    await using server = await connect();
    const { session_id, request_id, before } = await condensedAway(server, 1);
    const answer = { session_id, request_id, summary: 'Goal: to count.' };
    const better = await server.call('context_compact', answer);
    expect(better.level).toBe(1);
    expect(better.tokens_after).toBeLessThanOrEqual(better.tokens_before);
    const after = await built(server, session_id);
    const [, ...others] = before.report.frontier.uris;
    expect(after.report.frontier.uris).toEqual([better.condensed_uri, ...others]);
    expect(after.messages[0].content).toContain(`From ${better.summary_uri}:\nGoal: to count.`);
    expect(after.messages.slice(1)).toEqual(before.messages.slice(1));
    await expect(server.call('context_compact', answer)).rejects.toThrow(/conflict.*closed/s);
    expect(await findings(server)).toEqual([]);
  });

  it('takes no answer to a request that was condensed again and again', async () => {
    await using server = await connect();
    const { session_id, request_id, before } = await condensedAway(server, 5);
    const answer = { session_id, request_id, summary: 'Goal: to count.' };
    await expect(server.call('context_compact', answer)).rejects.toThrow(/conflict.*condensed often/s);
    expect(await built(server, session_id)).toEqual(before);
  });

  it('keeps the first lines of what was written, however often it is condensed', async () => {
    await using server = await connect();
    const limits = { context_limit: 20_000, max_output: 1000 };
    // So few at a time that the session stays under the soft threshold: the work after a reply finds nothing to compact.
    const long = turns(4).map(({ role, content }) => ({ role, content: content.repeat(10) }));
    const session_id = await opened(server, long, limits);
    const condensed = new Set<string>();
    let phase = 0;
    while (condensed.size < 3 && phase < 60) {
      await server.call('session_append', { session_id, messages: long });
      const summary = `Phase ${++phase} is done. ${words}\n${words.repeat(20)}`;
      const { condensed_uri } = await server.call('context_compact', { session_id, summary });
      if (condensed_uri) condensed.add(condensed_uri);
    }
    expect(condensed.size).toBe(3);
    const [first] = (await built(server, session_id)).messages;
    for (let at = 1; at <= phase; at += 1) expect(first.content).toContain(`Phase ${at} is done. some words`);
    expect(await findings(server)).toEqual([]);
  });

  it('falls back and says so when the summary is no shorter than what it covers', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(12));
    const done = await server.call('context_compact', { session_id, summary: 'long '.repeat(5000) });
    expect(done).toMatchObject({ level: 3, note: expect.stringContaining('no shorter') });
    const { request_id } = done.summary_request;
    const answer = { session_id, request_id, summary: 'long '.repeat(5000) };
    await expect(server.call('context_compact', answer)).rejects.toThrow(/too_large.*Nothing was changed/s);
    const again = await server.call('context_compact', { session_id });
    expect(again.summary_request.request_id).toBe(request_id);
  });

  it('asks for no summary where nobody could write a shorter one, but for the next', async () => {
    await using server = await connect();
    const short = turns(16).map(message => ({ ...message, content: 'Yes.' }));
    const session_id = await opened(server, short);
    const tiny = await server.call('context_compact', { session_id });
    expect(tiny).toMatchObject({ level: 3, covers: '1-11' });
    expect(tiny.summary_request).toBeUndefined();
    await server.call('session_append', { session_id, messages: turns(20, 17) });
    const next = await server.call('context_compact', { session_id });
    expect(next.summary_request.uri).toBe(next.summary_uri);
  });

  it('says when nothing is left, and changes nothing', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(5));
    const before = await server.call('status');
    const done = await server.call('context_compact', { session_id, summary: 'Short.' });
    expect(done).toMatchObject({ note: expect.stringContaining('Nothing is left') });
    expect(done.level).toBeUndefined();
    expect(done.tokens_after).toBe(done.tokens_before);
    expect((await server.call('status')).counts.events).toBe(before.counts.events);
  });

  it('says how a summary of what was compacted meanwhile is given', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(20));
    await server.call('context_compact', { session_id });
    const late = await server.call('context_compact', { session_id, summary: 'Late.' });
    const { request_id } = late.summary_request;
    expect(late).toMatchObject({ note: expect.stringContaining(`again with request_id "${request_id}"`) });
    expect(late.level).toBeUndefined();
    const taken = await server.call('context_compact', { session_id, summary: 'Late.', request_id });
    expect(taken.level).toBe(1);
    expect((await built(server, session_id)).messages[0].content).toContain('Late.');
  });

  it('takes calls with their results, but not the newest four, nor system messages, nor the newest of the user', async () => {
    await using server = await connect();
    const calls = Array.from({ length: 9 }, (_, at) => toolTurn(`c${at}`)).flat();
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Fix it.' },
      ...calls,
    ];
    const session_id = await opened(server, messages);
    expect(await server.call('context_compact', { session_id })).toMatchObject({ covers: '3-12' });
    const context = await built(server, session_id);
    expect(context.messages.map(({ role }: { role: string }) => role).join(' ')).toBe(
      `system user user ${'assistant tool '.repeat(4).trim()}`,
    );
    // What was the newest of the user may be covered once there is a newer one.
    await server.call('session_append', { session_id, messages: turns(13) });
    const next = await server.call('context_compact', { session_id });
    expect(next.covers).toMatch(/^2-2, 13-/);
    expect(await findings(server)).toEqual([]);
  });

  it('gives back exactly the messages a summary covers', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(20));
    const { summary_uri } = await server.call('context_compact', { session_id, summary: 'Counting.' });
    const whole = (await server.engine.sessions.read({ id: session_id })).text;
    const below = (await fetched(server, summary_uri)).split('word for word: ---\n\n')[1] ?? '';
    expect(below.length).toBeGreaterThan(1000);
    expect(whole.startsWith(below)).toBe(true);
    expect(whole.slice(below.length)).toMatch(/^\n\n\[16\]/);
    const { contents } = await server.client.readResource({ uri: summary_uri });
    const [content] = contents;
    expect(content && 'text' in content && JSON.parse(String(content.text))).toMatchObject({
      level: 1,
      covers: '1-15',
      messages: 15,
      text: 'Counting.',
    });
  });

  it('redacts, refuses what cannot be kept, and repeats its reply', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(20));
    for (const [args, reason] of [
      [{ summary: ' ' }, /invalid.*blank/s],
      [{ summary: 'a\0b' }, /invalid.*NUL/s],
      [{ request_id: 'sum_1' }, /invalid.*missing/s],
      [{ request_id: 'sum_1', summary: 'x' }, /not_found.*sum_1/s],
      [{ session_id: 'ses_0' }, /not_found/],
    ] as const)
      await expect(server.call('context_compact', { session_id, ...args })).rejects.toThrow(reason);
    const secret = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
    const args = { session_id, summary: `The token is ${secret}.`, idempotency_key: 'once' };
    const done = await server.call('context_compact', args);
    expect(done.redacted).toHaveLength(1);
    expect(JSON.stringify(await built(server, session_id))).not.toContain(secret);
    expect(await server.call('context_compact', args)).toEqual({ ...done, replayed: true });
  });

  it('keeps references to files that a summary leaves out', async () => {
    await using server = await connect();
    const file = { type: 'file_ref', uri: 'blob://blob_7', name: 'plan.md' };
    const parts = [{ type: 'text', text: words }, file];
    const session_id = await opened(server, [{ role: 'user', parts }, ...turns(10)]);
    await server.call('context_compact', { session_id, summary: 'All done.' });
    expect((await built(server, session_id)).messages[0].content).toContain('blob://blob_7');
  });

  it('makes one without a model for this context when the stored ones do not fit', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(40));
    await server.call('context_compact', { session_id, summary: words.repeat(8) });
    const context = await built(server, session_id, { max_tokens: 400 });
    expect(context.total_tokens).toBeLessThanOrEqual(400);
    expect(context.report.frontier.shown).toBe(false);
    expect(context.report.summary).toMatchObject({ level: 3 });
    const filtered = await built(server, session_id, { roles: ['assistant'] });
    expect(JSON.stringify(filtered.messages)).not.toContain('fetch summary://');
  });
});

describe('rewind and purge under a summary', () => {
  it('shows again what a summary covered together with what was rewound', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(20));
    const { summary_uri } = await server.call('context_compact', { session_id, summary: 'Gone soon.' });
    await server.call('session_rewind', { session_id, message_id: 't10' });
    const context = await built(server, session_id);
    expect(context.messages).toMatchObject(unnamed(turns(9)));
    expect(await fetched(server, summary_uri)).toContain('Turn 15.');
    expect(await findings(server)).toEqual([]);
  });

  it('shows the newest message of the user whole again when what came after its summary is rewound', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(20));
    await server.call('context_compact', { session_id, summary: 'Gone soon.' });
    await server.call('session_rewind', { session_id, message_id: 't16' });
    const context = await built(server, session_id);
    expect(context.messages.at(-1)).toMatchObject({ id: expect.any(String), content: `Turn 15. ${words}` });
  });

  it('erases every summary above a purged message', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(20));
    const key = { idempotency_key: 'k' };
    const made = await server.call('context_compact', { session_id, ...key });
    const { request_id } = made.summary_request;
    const summary = 'The grapefruit is mentioned.';
    const { summary_uri } = await server.call('context_compact', { session_id, request_id, summary });
    await server.call('session_rewind', { session_id, message_id: 't15', purge: true });
    for (const uri of [summary_uri, made.summary_uri])
      await expect(server.call('fetch', { uri })).rejects.toThrow(/not_found/);
    expect((await built(server, session_id)).messages).toHaveLength(14);
    expect(await findings(server)).toEqual([]);
    expect((await server.call('context_compact', { session_id, ...key })).replayed).toBeUndefined();
  });
});
