import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

type Server = Awaited<ReturnType<typeof connect>>;
type Hit = {
  uri: string;
  kind: string;
  snippet: string;
  trust: string;
  sequence?: number;
  covered_by?: string;
  lines?: string;
};

const found = async (server: Server, query: string, args: object = {}): Promise<Hit[]> =>
  (await server.call('search', { query, ...args })).hits;
const uris = async (server: Server, query: string, args: object = {}): Promise<string[]> =>
  (await found(server, query, args)).map(({ uri }) => uri);
const instant = (server: Server): string => new Date(server.sources.now()).toISOString();

const said = (...texts: string[]) =>
  texts.map((content, at) => ({ role: at % 2 === 0 ? 'user' : 'assistant', content }));

/** One of each kind that says "lighthouse". Returns the URI of each. */
async function oneOfEach(
  server: Server,
  fields: Record<string, unknown> = {},
): Promise<Record<string, string>> {
  const memory = await remember(server, 'The lighthouse is white.', fields);
  const medallion = await server.call('checkpoint', {
    session_summary: 's',
    decisions: [{ statement: 'Paint the lighthouse.' }],
    ...fields,
  });
  const { run_id } = await server.call('run_open', { objective: 'Paint.', ...fields });
  const episode = await server.call('episode_seal', { run_id, reason: 'The lighthouse is painted.' });
  const { session_id, message_ids } = await server.call('session_append', {
    messages: said('Where is the lighthouse?', 'On the rock. '.repeat(100), ...'abcdefgh', 'Thanks.'),
    ...fields,
  });
  const summary = await server.call('context_compact', { session_id, summary: 'Asked: lighthouse.' });
  const blob = await server.call('blob_put', { content: `A lighthouse in ${session_id}.`, session_id });
  return {
    memory: `memory://${memory}`,
    medallion: medallion.uri,
    episode: episode.uri,
    message: `message://${message_ids[0]}`,
    summary: summary.summary_uri,
    blob: blob.uri,
    session_id,
    run_id,
  };
}

const KINDS = ['memory', 'medallion', 'episode', 'message', 'summary', 'blob'] as const;
const ALL = { max_tokens: 5000, limit: 100 };

describe('search over every kind', () => {
  it('finds each, says which it is, and every URI can be fetched', async () => {
    await using server = await connect();
    const made = await oneOfEach(server);
    const hits = await found(server, 'lighthouse', ALL);
    for (const kind of KINDS)
      expect(hits.find(({ uri }) => uri === made[kind])).toMatchObject({
        kind,
        scope: 'repo:acme/app',
        created_at: expect.any(String),
        trust: expect.any(String),
        snippet: expect.stringMatching(/lighthouse/),
      });
    for (const { uri } of hits) expect(await server.call('fetch', { uri })).toMatchObject({ uri });
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it.each(KINDS)('finds only %s when only that is asked for', async kind => {
    await using server = await connect();
    const made = await oneOfEach(server);
    const hits = await found(server, 'lighthouse', { kinds: [kind] });
    expect(new Set(hits.map(hit => hit.kind))).toEqual(new Set([kind]));
    expect(hits.map(({ uri }) => uri)).toContain(made[kind]);
  });

  it('keeps one project from another, and shows both when asked for all', async () => {
    await using server = await connect();
    const here = await oneOfEach(server);
    const there = await oneOfEach(server, { graph_nodes: ['repo:acme/other'] });
    const [own, other, all] = [
      await uris(server, 'lighthouse', ALL),
      await uris(server, 'lighthouse', { ...ALL, graph_nodes: ['repo:acme/other'] }),
      await uris(server, 'lighthouse', { ...ALL, all: true }),
    ];
    for (const kind of KINDS) {
      expect([own.includes(here[kind] ?? ''), own.includes(there[kind] ?? '')]).toEqual([true, false]);
      expect([other.includes(here[kind] ?? ''), other.includes(there[kind] ?? '')]).toEqual([false, true]);
      expect(all).toContain(there[kind]);
    }
    expect(await uris(server, 'lighthouse', { ...ALL, tags: ['harbour'] })).toEqual([]);
  });

  it('narrows to a session, wherever it is, and to a run', async () => {
    await using server = await connect();
    const made = await oneOfEach(server);
    const other = await oneOfEach(server, { graph_nodes: ['repo:acme/other'] });
    const { session_id } = other;
    const inSession = await server.call('search', { query: 'lighthouse', session_id, ...ALL });
    expect(inSession.scope).toBe('repo:acme/other');
    const kinds = new Set(inSession.hits.map((hit: Hit) => hit.kind));
    expect(kinds).toEqual(new Set(['message', 'summary', 'blob']));
    expect(JSON.stringify(inSession)).not.toContain(made.message);
    expect(await uris(server, 'lighthouse', { run_id: made.run_id })).toEqual([made.episode]);
    const { run_id } = made;
    for (const [args, reason] of [
      [{ session_id, kinds: ['memory'] }, 'With session_id only kinds message, summary, blob are found'],
      [{ session_id, statuses: ['active'] }, 'and memory was asked for'],
      [{ run_id, kinds: ['message'] }, 'With run_id only kinds episode, medallion are found'],
      [{ session_id, run_id }, 'session_id or run_id alone'],
    ] as const) {
      const none = await server.call('search', { query: 'lighthouse', ...args });
      expect(none).toMatchObject({ hits: [], note: expect.stringContaining(reason) });
    }
    for (const args of [{ session_id: 'ses_0' }, { run_id: 'nobody' }])
      await expect(server.call('search', { query: 'a', ...args })).rejects.toThrow(/^not_found/);
  });

  it('narrows to what an external id names, however that is written', async () => {
    await using server = await connect();
    const { run_id } = await server.call('run_open', { objective: 'Paint.', external_id: 'caf\u00e9' });
    const { uri } = await server.call('episode_seal', { run_id, reason: 'The lighthouse is painted.' });
    for (const name of ['cafe\u0301', 'run://caf%C3%A9'])
      expect(await uris(server, 'lighthouse', { run_id: name })).toEqual([uri]);
  });

  it('narrows memories only by type and status, and to memories unless kinds says otherwise', async () => {
    await using server = await connect();
    const made = await oneOfEach(server);
    expect(await uris(server, 'lighthouse', { types: ['fact'] })).toEqual([made.memory]);
    expect(await uris(server, 'lighthouse', { statuses: ['active'] })).toEqual([made.memory]);
    const both = await uris(server, 'lighthouse', { types: ['decision'], kinds: ['memory', 'episode'] });
    expect(both).toEqual([made.episode]);
  });

  it('narrows by time of creation', async () => {
    await using server = await connect();
    const before = instant(server);
    await oneOfEach(server);
    const after = instant(server);
    expect(await uris(server, 'lighthouse', { until: before })).toEqual([]);
    expect(await uris(server, 'lighthouse', { since: after })).toEqual([]);
    expect((await uris(server, 'lighthouse', { ...ALL, since: before, until: after })).length).toBe(
      (await uris(server, 'lighthouse', ALL)).length,
    );
  });

  it('covers mixed kinds exactly once in pages, by words and without', async () => {
    await using server = await connect();
    const changes = Array.from({ length: 60 }, (_, n) => ({
      content: `Apple ${'pear '.repeat(n % 5)}${n}.`,
    }));
    const { batch_id } = await server.call('memory_propose', { changes });
    await server.call('memory_commit', { batch_id });
    for (let n = 0; n < 5; n += 1)
      await server.call('session_append', {
        messages: said(...Array.from({ length: 80 }, (_, at) => `Apple ${'plum '.repeat(at % 7)}${at}`)),
      });
    for (const query of ['apple', '']) {
      const all: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const args = { query, limit: 90, detail: 'ids', max_tokens: 25_000, ...(cursor && { cursor }) };
        const page = await server.call('search', args);
        all.push(...page.hits.map((hit: Hit) => hit.uri));
        cursor = page.next_cursor;
        if (cursor === undefined) break;
      }
      expect([all.length, new Set(all).size]).toEqual([460, 460]);
    }
  });

  it('takes hits of each kind into the smallest budget', async () => {
    await using server = await connect();
    await oneOfEach(server, { tags: Array.from({ length: 20 }, (_, n) => `tag ${n} `.repeat(10)) });
    for (const kind of KINDS) {
      const [hit] = await found(server, 'lighthouse', { kinds: [kind], max_tokens: 100, detail: 'full' });
      expect(hit).toMatchObject({ kind, uri: expect.any(String) });
    }
  });
});

describe('what is not there any more is not found', () => {
  it('purged', async () => {
    await using server = await connect();
    const made = await oneOfEach(server);
    const ids = KINDS.filter(kind => kind !== 'message' && kind !== 'summary').map(kind => made[kind] ?? '');
    await server.call('memory_forget', { ids: [...ids, made.session_id], purge: true });
    expect(await uris(server, 'lighthouse', { ...ALL, all: true })).toEqual([]);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('messages that were rewound, which are found as of before', async () => {
    await using server = await connect();
    const { session_id, message_ids } = await server.call('session_append', {
      messages: said('A lighthouse.', 'A second lighthouse.'),
    });
    const before = instant(server);
    await server.call('session_rewind', { session_id, message_id: message_ids[1] });
    expect(await uris(server, 'lighthouse')).toEqual([`message://${message_ids[0]}`]);
    expect(await uris(server, 'lighthouse', { as_of: before })).toHaveLength(2);
    await server.call('session_rewind', { session_id, all: true });
    expect(await uris(server, 'lighthouse')).toEqual([]);
    expect(await uris(server, 'lighthouse', { as_of: before })).toHaveLength(2);
  });

  it('a version of a medallion that has a next one, or that another superseded', async () => {
    await using server = await connect();
    const made = await server.call('checkpoint', {
      session_summary: 's',
      high_level: 'The lighthouse is white.',
      tags: ['paint'],
    });
    const first = instant(server);
    await server.call('checkpoint', { session_summary: 's', high_level: 'It is red.', tags: ['paint'] });
    expect(await uris(server, 'lighthouse')).toEqual([]);
    expect(await uris(server, 'red')).toEqual([made.uri]);
    expect(await uris(server, 'lighthouse', { as_of: first })).toEqual([`${made.uri}/v/1`]);
    const wider = await server.call('checkpoint', {
      session_summary: 's',
      tags: ['paint', 'all'],
      supersedes: [made.uri],
    });
    expect(await uris(server, 'red')).toEqual([]);
    await server.call('memory_forget', { ids: [wider.medallion_id], purge: true });
    expect(await uris(server, 'red')).toEqual([made.uri]);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('a summary that a better one replaced', async () => {
    await using server = await connect();
    const { session_id } = await server.call('session_append', {
      messages: said(...Array.from({ length: 20 }, (_, at) => `Turn ${at} ${'about boats '.repeat(30)}`)),
    });
    const made = await server.call('context_compact', { session_id });
    const { request_id } = made.summary_request;
    const better = await server.call('context_compact', { session_id, request_id, summary: 'Boats.' });
    expect(await uris(server, 'boats', { kinds: ['summary'] })).toEqual([better.summary_uri]);
  });
});

describe('messages', () => {
  it('are found by what was said before them, and after', async () => {
    await using server = await connect();
    const { message_ids } = await server.call('session_append', {
      messages: said('Shall we meet at the lighthouse?', 'Yes, at noon.', 'Bring an umbrella.'),
    });
    const uri = (at: number) => `message://${message_ids[at]}`;
    expect(await uris(server, 'lighthouse')).toEqual([uri(0), uri(1)]);
    expect(await uris(server, 'umbrella')).toEqual([uri(2), uri(1)]);
  });

  it('show who said them, when and where, and can be found by the name', async () => {
    await using server = await connect();
    const message = { role: 'user', name: 'Ada', content: 'A lighthouse.', timestamp: '2026-01-02T03:04' };
    const { session_id } = await server.call('session_append', { messages: [message] });
    expect(await found(server, 'ada')).toMatchObject([
      {
        ...{ role: 'user', name: 'Ada', timestamp: '2026-01-02T03:04', sequence: 1 },
        ...{ session: `session://${session_id}`, trust: 'agent', snippet: 'Ada: A lighthouse.' },
      },
    ]);
  });

  it('are found by the words of their calls, results, files and patches, fenced where a tool spoke', async () => {
    await using server = await connect();
    const call = {
      type: 'tool_call',
      call_id: 'c',
      name: 'grep',
      arguments: { deep: [{ text: 'marigold' }] },
    };
    const result = { type: 'tool_result', call_id: 'c', output: 'chrysanthemum' };
    const { message_ids } = await server.call('session_append', {
      messages: [
        { role: 'assistant', parts: [call] },
        { role: 'tool', parts: [result] },
        { role: 'user', parts: [{ type: 'file_ref', uri: 'file:///x', name: 'tulip.txt' }] },
        { role: 'assistant', parts: [{ type: 'patch', path: 'rose.ts', diff: '+peony' }] },
      ],
    });
    const best = async (query: string) => (await found(server, query))[0];
    expect((await best('marigold'))?.uri).toBe(`message://${message_ids[0]}`);
    expect(await best('chrysanthemum')).toMatchObject({
      trust: 'tool',
      snippet: expect.stringMatching(/untrusted tool/),
    });
    expect((await best('tulip'))?.uri).toBe(`message://${message_ids[2]}`);
    expect((await best('peony'))?.uri).toBe(`message://${message_ids[3]}`);
  });
});

describe('blobs', () => {
  it('are found by the lines that say it, once each, and fetch understands those lines', async () => {
    await using server = await connect();
    const lines = Array.from(
      { length: 1000 },
      (_, at) => `row ${at} ${at % 300 === 299 ? 'walrus' : 'seal'}`,
    );
    const { uri } = await server.call('blob_put', { content: lines.join('\n'), name: 'zoo.log' });
    const [hit, ...others] = await found(server, 'walrus');
    expect(others).toEqual([]);
    expect(hit).toMatchObject({ uri, kind: 'blob', trust: 'tool' });
    const { text } = await server.call('fetch', { uri, lines: hit?.lines, max_tokens: 5000 });
    expect(text).toContain('walrus');
    expect(await uris(server, 'zoo')).toEqual([uri]);
    const pattern = await found(server, 'row 299 w', { mode: 'regex' });
    expect(pattern).toMatchObject([{ uri, lines: hit?.lines }]);
  });
});

describe('a pattern', () => {
  it('finds every kind', async () => {
    await using server = await connect();
    const made = await oneOfEach(server);
    const hits = await uris(server, 'light.?house', { ...ALL, mode: 'regex' });
    for (const kind of KINDS) expect(hits).toContain(made[kind]);
  });

  it('within a session names the summary that covers each message, and keeps them together', async () => {
    await using server = await connect();
    const turns = Array.from({ length: 40 }, (_, at) => `Turn ${at} needle ${'hay '.repeat(30)}`);
    const { session_id } = await server.call('session_append', { messages: said(...turns.slice(0, 30)) });
    const { summary_uri } = await server.call('context_compact', { session_id, summary: 'Half.' });
    await server.call('session_append', { session_id, messages: said(...turns.slice(30)) });
    const hits = await found(server, 'NEEDLE|needle', {
      ...ALL,
      session_id,
      mode: 'regex',
      max_tokens: 25_000,
    });
    expect(hits.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
    expect(hits[0]?.covered_by).toBe(summary_uri);
    expect(hits.at(-1)).not.toHaveProperty('covered_by');
    const outside = hits.findIndex(({ covered_by }) => covered_by === undefined);
    expect(hits.slice(outside).every(({ covered_by }) => covered_by === undefined)).toBe(true);
  });
});
