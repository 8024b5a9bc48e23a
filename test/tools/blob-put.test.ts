import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../../src/text/estimate.js';
import { connect } from '../support/connect.js';

type Server = Awaited<ReturnType<typeof connect>>;

const put = (server: Server, args: Record<string, unknown>) => server.call('blob_put', args);
const bytesOf = async ({ engine }: Server, id: string) =>
  Buffer.from((await engine.blobs.read(id)).bytes).toString();
const healthy = async ({ engine }: Server) =>
  expect((await engine.verify({ deep: true })).findings).toEqual([]);

describe('blob_put', () => {
  it('keeps a text exactly and returns an outline instead', async () => {
    await using server = await connect();
    const content = `# Höhe\r\n\n${'日本 👩‍👩‍👧 text\n'.repeat(2000)}## End`;
    const reply = await put(server, { content, name: 'notes.md' });
    expect(reply).toMatchObject({
      kind: 'markdown',
      bytes: Buffer.byteLength(content),
      scope: 'repo:acme/app',
    });
    expect(reply.uri).toBe(`blob://${reply.blob_id}`);
    expect(reply.outline).toMatch(
      /^``` untrusted tool\nmarkdown, 2,003 lines, .*\n1: # Höhe\n2003: ## End\n```$/,
    );
    expect(reply.tokens).toBeGreaterThan(2000);
    expect(await bytesOf(server, reply.blob_id)).toBe(content);
    await healthy(server);
  });

  it('stores the same bytes once, whatever they are called', async () => {
    await using server = await connect();
    const first = await put(server, { content: 'same', name: 'a.txt' });
    const again = await put(server, { content: 'same', name: 'b.md' });
    expect(again).toEqual({ ...first, existing: true });
    expect(first).not.toHaveProperty('existing');
    expect((await server.call('status')).counts.blobs).toBe(1);
  });

  it('gives a repeated key its reply, and another content under it a conflict', async () => {
    await using server = await connect();
    const once = { content: 'once', idempotency_key: 'k' };
    const first = await put(server, once);
    expect(await put(server, once)).toEqual({ ...first, replayed: true });
    await expect(put(server, { ...once, content: 'twice' })).rejects.toThrow('conflict');
  });

  it('belongs to the scope of its session', async () => {
    await using server = await connect();
    const { session_id } = await server.call('session_append', {
      external_id: 'thread',
      create: true,
      graph_nodes: ['project:atlas'],
      messages: [],
    });
    const { uri, scope } = await put(server, { content: 'for atlas', session_id: 'thread' });
    expect(scope).toBe('project:atlas');
    expect((await server.call('fetch', { uri })).meta.session).toBe(`session://${session_id}`);
  });

  it('replaces secrets before anything is hashed', async () => {
    await using server = await connect();
    const reply = await put(server, { content: 'password = "hunter2222"\nrest', name: 'conf.txt' });
    expect(reply.redacted).toEqual([{ path: 'content', kind: 'password', count: 1 }]);
    expect(reply.outline).not.toContain('hunter2222');
    expect(await bytesOf(server, reply.blob_id)).toBe('password = "[redacted:password]"\nrest');
    await healthy(server);
  });

  it('refuses secrets where the operator says so', async () => {
    await using server = await connect({ options: { redact: 'reject' } });
    await expect(put(server, { content: 'password = "hunter2222"' })).rejects.toThrow('a secret');
    expect((await server.call('status')).counts).not.toHaveProperty('blobs');
  });

  it('takes as much as is allowed and names the limit above', async () => {
    await using server = await connect({ options: { blobMaxBytes: 1000 } });
    expect((await put(server, { content: 'ä'.repeat(500) })).bytes).toBe(1000);
    await expect(put(server, { content: 'ä'.repeat(501) })).rejects.toThrow(
      /^too_large: .* 1002 bytes, and a blob may have 1000\..*--blob-max-bytes/,
    );
  });

  it.each([
    ['nothing', {}, 'Neither content nor path'],
    ['both', { content: 'a', path: 'b' }, 'Both content and path'],
    ['an empty text', { content: '' }, 'Neither content nor path'],
    ['a NUL', { content: 'a\0b' }, 'has a NUL'],
    ['a lone surrogate', { content: 'a\ud800' }, 'lone surrogate'],
    ['a blank name', { content: 'a', name: ' ' }, 'is blank'],
    ['a name of two lines', { content: 'a', name: 'a\nb' }, 'line break'],
    ['a mime that is none', { content: 'a', mime: 'text' }, 'no media type'],
    ['a session nobody knows', { content: 'a', session_id: 'ses_0' }, 'not_found'],
  ])('refuses %s', async (_name, args, says) => {
    await using server = await connect();
    await expect(put(server, args)).rejects.toThrow(says);
    expect((await server.call('status')).counts).not.toHaveProperty('blobs');
  });
});

describe('a blob', () => {
  it('is read by lines and in pages that give back every character', async () => {
    await using server = await connect();
    const content = Array.from({ length: 3000 }, (_, at) => `line ${at + 1} of it`).join('\n');
    const { uri, blob_id } = await put(server, { content });
    const part = await server.call('fetch', { uri: blob_id, lines: '1500-1501' });
    expect(part).toMatchObject({
      kind: 'blob',
      uri,
      text: '``` untrusted tool\nline 1500 of it\nline 1501 of it\n```',
    });
    let text = '';
    for (let cursor: string | undefined; ; ) {
      const page = await server.call('fetch', { uri, max_tokens: 5000, ...(cursor && { cursor }) });
      text += page.text.replace(/^``` untrusted tool\n/, '').replace(/\n```$/, '');
      cursor = page.next_cursor;
      if (cursor === undefined) break;
    }
    expect(text.replaceAll('\n', '')).toBe(content.replaceAll('\n', ''));
  });

  it('shows its outline beside a first page that is not all of it, fenced and within max_tokens', async () => {
    await using server = await connect();
    const declarations = Array.from(
      { length: 200 },
      (_, n) => `export function f${n}(a: number) { return a + ${n}; }`,
    );
    const { uri, outline } = await put(server, { content: declarations.join('\n'), name: 'f.ts' });
    const fetched = (fields: object) => server.call('fetch', { uri, ...fields });
    const first = await fetched({ max_tokens: 2000 });
    expect(first.outline).toBe(outline);
    expect(outline).toMatch(/^``` untrusted tool\n/);
    expect(estimateTokens(first.text) + estimateTokens(first.outline)).toBeLessThanOrEqual(2000);
    const { next_cursor: cursor } = first;
    for (const fields of [
      { lines: '3-4' },
      { max_tokens: 200 },
      { max_tokens: 25_000 },
      { max_tokens: 2000, cursor },
    ]) {
      const reply = await fetched(fields);
      expect(reply).not.toHaveProperty('outline');
      expect(JSON.stringify(reply.meta)).not.toContain('function');
    }
  });

  it('is erased for good, and can be stored anew under another id', async () => {
    await using server = await connect();
    const { blob_id } = await put(server, { content: 'A zebra.', name: 'zebra.txt', idempotency_key: 'z' });
    const kept = await put(server, { content: 'A horse.' });
    await expect(server.call('memory_forget', { ids: [blob_id] })).rejects.toThrow('purge: true');
    const reply = await server.call('memory_forget', { ids: [`blob://${blob_id}`], purge: true });
    expect(reply).toMatchObject({ count: 1, ids: [blob_id], purged: true });
    await expect(server.call('fetch', { uri: blob_id })).rejects.toThrow('not_found');
    expect(await bytesOf(server, kept.blob_id)).toBe('A horse.');
    await healthy(server);
    expect((await put(server, { content: 'A zebra.' })).blob_id).not.toBe(blob_id);
    await healthy(server);
  });

  it('that nobody knows cannot be purged', async () => {
    await using server = await connect();
    const { blob_id } = await put(server, { content: 'kept' });
    const ids = [blob_id, 'blob_0'];
    await expect(server.call('memory_forget', { ids, purge: true })).rejects.toThrow('no blob_0');
    expect(await bytesOf(server, blob_id)).toBe('kept');
  });
});
