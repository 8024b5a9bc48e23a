import { describe, expect, it } from 'vitest';
import type { Connection } from '../support/connect.js';
import { connect, fixedSources } from '../support/connect.js';
import { databasePath } from '../support/remember.js';

type Server = Awaited<ReturnType<typeof connect>>;

const append = (server: Server, messages: readonly unknown[], rest = {}) =>
  server.call('session_append', { messages, ...rest });

const listing = (lines: number) =>
  Array.from(
    { length: lines },
    (_, at) => `line ${at + 1}: the quick brown fox jumps over the lazy dog`,
  ).join('\n');

const call = (id = 'c1', given: Record<string, unknown> = { command: 'make' }) => ({
  role: 'assistant',
  parts: [{ type: 'tool_call', call_id: id, name: 'bash', arguments: given }],
});
const result = (output: string, rest: Record<string, unknown> = {}) => ({
  role: 'tool',
  parts: [{ type: 'tool_result', call_id: 'c1', output, ...rest }],
});

const blobIn = (text: string): string => /blob:\/\/(blob_\w+)/.exec(text)?.[1] ?? 'none';
const bytesOf = async ({ engine }: Server, id: string) =>
  Buffer.from((await engine.blobs.read(id)).bytes).toString();
const shown = async (server: Server, session_id: string): Promise<string> =>
  (await server.engine.sessions.read({ id: session_id })).text;
const blobs = async (server: Server): Promise<number> => (await server.call('status')).counts.blobs ?? 0;
const healthy = async ({ engine }: Server) =>
  expect((await engine.verify({ deep: true })).findings).toEqual([]);

const raise = (): never => {
  throw new Error('The salt ran out.');
};

/** A database in which contents of more than 500 tokens are large. */
const small = (rest: Connection = {}) => connect({ ...rest, options: { blobTokens: 500, ...rest.options } });

describe('a content above ten thousand tokens', () => {
  it('is kept whole as a blob, and its message keeps all but the content', async () => {
    await using server = await connect();
    const output = listing(5000);
    const reply = await append(server, [
      { role: 'user', content: 'Build it.' },
      call(),
      result(output, { name: 'bash', is_error: true }),
    ]);
    expect(reply.context.tokens).toBeLessThan(1200);
    const text = await shown(server, reply.session_id);
    expect(text).toContain('[error of c1]\n[blob: output of bash (text, about ');
    expect(text).toContain('text, 5,000 lines, ');
    const id = blobIn(text);
    expect(await bytesOf(server, id)).toBe(output);
    const lines = await server.call('fetch', { uri: `blob://${id}`, lines: '4000-4001' });
    expect(lines.text).toContain('line 4000: the quick brown fox jumps over the lazy dog\nline 4001: ');
    expect(lines.meta.session).toBe(`session://${reply.session_id}`);
    const { messages } = await server.call('context_build', {
      session_id: reply.session_id,
      max_tokens: 2000,
    });
    expect(messages[2].parts[0]).toMatchObject({
      type: 'tool_result',
      call_id: 'c1',
      name: 'bash',
      is_error: true,
    });
    await healthy(server);
  });

  it('stands as text in every shape of a context', async () => {
    await using server = await connect();
    const { session_id } = await append(server, [
      { role: 'user', content: listing(2000) },
      call(),
      result(listing(2001)),
    ]);
    const build = (shape: string) => server.call('context_build', { session_id, shape });
    const reference = expect.stringMatching(/^\[blob: .*blob:\/\/blob_/);
    expect((await build('openai')).messages).toMatchObject([
      { content: reference },
      {},
      { role: 'tool', content: reference },
    ]);
    expect((await build('anthropic')).messages).toMatchObject([
      { content: [{ text: reference }] },
      {},
      { content: [{ tool_use_id: 'c1', content: reference }] },
    ]);
  });

  it('below the line stays in its message, and so does what a system message says', async () => {
    await using server = await connect();
    const under = 'word '.repeat(9000);
    const { session_id } = await append(server, [
      { role: 'system', content: listing(2000) },
      { role: 'user', content: under },
    ]);
    expect(await shown(server, session_id)).toContain(under);
    expect(await blobs(server)).toBe(0);
  });
});

describe('large contents of a session', () => {
  it.each([
    ['emoji', '👩‍👩‍👧🎉'.repeat(400)],
    ['Chinese', '東京に行く。日本語のテキスト'.repeat(200)],
    ['one line of one letter', 'x'.repeat(300_000)],
    ['one line without a space', Array.from({ length: 3000 }, (_, at) => at.toString(36)).join('')],
    ['Windows line ends and a byte order mark', `\ufeff${'a line\r\n'.repeat(900)}`],
    ['JSON', JSON.stringify(Array.from({ length: 500 }, (_, id) => ({ id, name: `n${id}` })))],
    ['outlines of many long lines', `${'東京'.repeat(300)}\n`.repeat(100)],
  ])('come back byte for byte: %s', async (_, content) => {
    await using server = await small({ options: { redact: 'off' } });
    const reply = await append(server, [
      { role: 'user', content },
      { role: 'assistant', content: 'Thanks.' },
    ]);
    expect(reply.context.tokens).toBeLessThan(450);
    expect(await bytesOf(server, blobIn(await shown(server, reply.session_id)))).toBe(content);
    await healthy(server);
  });

  it('may be texts, outputs, patches and outlines of one message, each with a blob of its own', async () => {
    await using server = await small();
    const { session_id } = await append(server, [
      call('c1', { file_path: '/src/ledger.ts' }),
      {
        role: 'user',
        parts: [
          { type: 'text', text: listing(100) },
          { type: 'tool_result', call_id: 'c1', output: `export const a = 1;\n${listing(101)}` },
          { type: 'patch', path: 'src/b.ts', diff: listing(102) },
          { type: 'file_ref', uri: 'file:///c.md', name: 'c.md', outline: listing(103) },
          { type: 'text', text: 'small' },
        ],
      },
    ]);
    const text = await shown(server, session_id);
    const names = [...text.matchAll(/\[blob: (.*?) \(/g)].map(([, name]) => name);
    expect(names).toEqual(['text of user', 'ledger.ts', 'b.ts.diff', 'outline of c.md']);
    expect(text).toContain('[file: c.md file:///c.md]\n[blob: ');
    expect(text.endsWith('small')).toBe(true);
    await healthy(server);
  });

  it('are outlined by the file that an earlier call names', async () => {
    await using server = await small();
    const { session_id } = await append(server, [call('c1', { path: 'data/rows.csv' })]);
    await append(server, [result(`city,size\n${'Bern,3\n'.repeat(400)}`)], { session_id });
    expect(await shown(server, session_id)).toContain('[blob: rows.csv (csv, ');
  });

  it('are stored once, within a call and by two sessions', async () => {
    await using server = await small();
    const same = { role: 'user', content: listing(100) };
    const first = await append(server, [same, same]);
    const second = await append(server, [same]);
    expect(await blobs(server)).toBe(1);
    expect(blobIn(await shown(server, second.session_id))).toBe(
      blobIn(await shown(server, first.session_id)),
    );
    await healthy(server);
  });

  it('come in batches of five hundred', async () => {
    await using server = await small();
    const messages = Array.from({ length: 500 }, (_, at) => ({
      role: 'user',
      content: at % 100 === 0 ? listing(100 + at) : `short ${at}`,
    }));
    expect((await append(server, messages)).message_ids).toHaveLength(500);
    expect(await blobs(server)).toBe(5);
    await healthy(server);
  });

  it('have their secrets redacted first', async () => {
    await using server = await small();
    const secret = `AKIA${'ABCDEFGH23456765'}`;
    const { session_id, redacted } = await append(server, [
      { role: 'user', content: `${listing(100)}\nkey ${secret}` },
    ]);
    expect(redacted).toHaveLength(1);
    expect(await bytesOf(server, blobIn(await shown(server, session_id)))).not.toContain(secret);
  });
});

describe('a message whose content became a blob', () => {
  const mine = { id: 'm1', role: 'user', content: listing(100) };

  it('is known again when it is sent again, whatever the line is now', async () => {
    const db = databasePath();
    await using server = await small({ db });
    const { session_id, message_ids } = await append(server, [mine, mine]);
    expect(await append(server, [mine], { session_id })).toMatchObject({
      message_ids: [message_ids[0]],
      skipped: 1,
    });
    await using other = await connect({ db, sources: server.sources });
    expect(await append(other, [mine], { session_id })).toMatchObject({
      message_ids: [message_ids[0]],
      skipped: 1,
    });
    const changed = { ...mine, content: `${mine.content}!` };
    await expect(append(other, [changed], { session_id })).rejects.toThrow(/conflict.*says something else/s);
    expect(await blobs(server)).toBe(1);
  });

  it('that was whole is known again under a lower line', async () => {
    const db = databasePath();
    await using server = await connect({ db });
    const { session_id } = await append(server, [mine]);
    await using lower = await small({ db, sources: server.sources });
    expect(await append(lower, [mine], { session_id })).toMatchObject({ skipped: 1 });
    expect(await blobs(lower)).toBe(0);
  });

  it('is known again as a context shows it', async () => {
    await using server = await small();
    const { session_id } = await append(server, [mine]);
    const { messages } = await server.call('context_build', { session_id });
    const again = { ...mine, content: messages[0].content };
    expect(await append(server, [again], { session_id })).toMatchObject({ skipped: 1 });
  });

  it('may replace itself and shares its blob with what it replaced', async () => {
    await using server = await small();
    const { session_id } = await append(server, [mine]);
    await append(server, [mine], { session_id, replace: true });
    expect(await blobs(server)).toBe(1);
    await healthy(server);
  });

  it('names its blob when it is read', async () => {
    await using server = await small();
    const { session_id, message_ids } = await append(server, [mine]);
    const { meta } = await server.call('fetch', { uri: `message://${message_ids[0]}` });
    expect(meta.blobs).toEqual([`blob://${blobIn(await shown(server, session_id))}`]);
  });

  it('leaves nothing when another message of the call is refused', async () => {
    await using server = await small();
    const refused = append(server, [mine, { ...mine, content: 'another' }]);
    await expect(refused).rejects.toThrow(/conflict/);
    const counts = (await server.call('status')).counts;
    expect([counts.blobs ?? 0, counts.events]).toEqual([0, 0]);
  });

  it('leaves nothing when writing fails midway', async () => {
    const sources = fixedSources();
    let salts = 0;
    const failing = { ...sources, newSalt: () => (++salts === 5 ? raise() : sources.newSalt()) };
    await using server = await small({ sources: failing });
    const two = {
      messages: [
        { ...mine, role: 'user' as const },
        { role: 'user' as const, content: 'on' },
      ],
    };
    await expect(server.engine.sessions.append(two)).rejects.toThrow('The salt ran out');
    const { counts } = await server.call('status');
    expect([counts.blobs ?? 0, counts.sessions ?? 0, counts.events]).toEqual([0, 0, 0]);
    await append(server, [mine]);
    await healthy(server);
  });

  it('is stored by two windows at once with one blob', async () => {
    const db = databasePath();
    await using one = await small({ db });
    await using two = await small({ db, sources: one.sources });
    const replies = await Promise.all([append(one, [mine]), append(two, [mine])]);
    const ids = await Promise.all(
      replies.map(async ({ session_id }) => blobIn(await shown(one, session_id))),
    );
    expect(new Set(ids).size).toBe(1);
    await healthy(one);
  });
});

describe('the reference to a blob', () => {
  it('survives compaction and is named to whoever writes the summary', async () => {
    await using server = await small({ options: { contextLimit: 6000, maxOutput: 500 } });
    const { session_id } = await append(server, [
      { role: 'user', content: 'Go.' },
      call(),
      result(listing(400)),
    ]);
    const id = blobIn(await shown(server, session_id));
    for (let turn = 0; turn < 12; turn += 1)
      await append(server, [{ role: 'user', content: `${turn} ${'and on '.repeat(200)}` }], { session_id });
    const { messages } = await server.call('context_build', { session_id });
    const text = JSON.stringify(messages);
    expect(text).toContain('Summary made without a model');
    expect(text).toContain(`blob://${id}`);
    expect(await bytesOf(server, id)).toBe(listing(400));
    for (let turn = 0; turn < 8; turn += 1)
      await append(server, [{ role: 'user', content: `more ${turn}` }], { session_id });
    const written = await server.call('context_compact', { session_id, summary: 'They went on and on.' });
    expect(written.summary_uri).toBeDefined();
    expect(JSON.stringify((await server.call('context_build', { session_id })).messages)).toContain(
      `blob://${id}`,
    );
  });

  it('survives pruning', async () => {
    await using server = await small({ options: { pruneProtect: 0, pruneMinimum: 1 } });
    const { session_id } = await append(server, [call(), result(listing(400))]);
    const id = blobIn(await shown(server, session_id));
    for (let turn = 0; turn < 10; turn += 1)
      await append(
        server,
        [
          { role: 'user', content: 'on' },
          { ...call(`d${turn}`) },
          { role: 'tool', parts: [{ type: 'tool_result', call_id: `d${turn}`, output: 'ok' }] },
        ],
        { session_id },
      );
    const { messages } = await server.call('context_build', { session_id });
    const text = JSON.stringify(messages);
    expect(text).toMatch(new RegExp(`\\[Output of bash, [^\\]]*blob://${id}\\]`));
    expect(text).not.toContain('[blob: ');
  });
});

describe('purging', () => {
  const mine = { id: 'm1', role: 'user', content: listing(100) };

  it('a message or a session erases the blob that only it kept', async () => {
    await using server = await small();
    const { session_id } = await append(server, [{ role: 'user', content: 'first' }, mine]);
    await server.call('session_rewind', { session_id, message_id: 'm1', purge: true });
    expect(await blobs(server)).toBe(0);
    const other = await append(server, [mine]);
    await server.call('memory_forget', { ids: [other.session_id], purge: true });
    expect(await blobs(server)).toBe(0);
    await healthy(server);
  });

  it('leaves a blob that another message still refers to, until that goes too', async () => {
    await using server = await small();
    const [one, two] = [await append(server, [mine]), await append(server, [mine])];
    await server.call('session_rewind', { session_id: one.session_id, all: true, purge: true });
    expect(await bytesOf(server, blobIn(await shown(server, two.session_id)))).toBe(mine.content);
    await healthy(server);
    await server.call('session_rewind', { session_id: two.session_id, all: true, purge: true });
    expect(await blobs(server)).toBe(0);
    await healthy(server);
  });

  it.each([
    ['before', true],
    ['after', false],
  ])('leaves a blob that blob_put stored %s', async (_, before) => {
    await using server = await small();
    const put = () => server.call('blob_put', { content: mine.content });
    const early = before ? await put() : undefined;
    const { session_id } = await append(server, [mine]);
    const { blob_id } = early ?? (await put());
    await put();
    await healthy(server);
    await server.call('session_rewind', { session_id, all: true, purge: true });
    expect(await bytesOf(server, blob_id)).toBe(mine.content);
    await healthy(server);
  });

  it('the blob itself leaves the message with its reference', async () => {
    await using server = await small();
    const { session_id } = await append(server, [mine]);
    const id = blobIn(await shown(server, session_id));
    const { note } = await server.call('memory_forget', { ids: [id], purge: true });
    expect(note).toContain('in 1 message: session_rewind');
    await healthy(server);
    await expect(server.call('fetch', { uri: `blob://${id}` })).rejects.toThrow('not_found');
    expect(await append(server, [mine], { session_id })).toMatchObject({ skipped: 1 });
    const anew = await append(server, [{ ...mine, id: 'm2' }], { session_id });
    expect(anew).not.toHaveProperty('skipped');
    expect(await blobs(server)).toBe(1);
    await healthy(server);
  });

  it('a rewound message keeps its blob until it is purged', async () => {
    await using server = await small();
    const { session_id } = await append(server, [mine]);
    await server.call('session_rewind', { session_id, message_id: 'm1' });
    expect(await blobs(server)).toBe(1);
  });
});
