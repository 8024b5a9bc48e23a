import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { listed } from '../support/listed.js';

describe('session resources', () => {
  it('are the conversation with numbers and roles, fenced where tools spoke', async () => {
    await using server = await connect();
    const { session_id } = await server.call('session_append', {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', name: 'Ada', content: 'Read it.', timestamp: 'May 8th' },
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', text: 'Hm.' },
            { type: 'tool_call', call_id: 'c1', name: 'read', arguments: { path: 'a.ts' } },
          ],
        },
        { role: 'tool', parts: [{ type: 'tool_result', call_id: 'c1', output: 'gone', is_error: true }] },
        {
          role: 'assistant',
          parts: [
            { type: 'file_ref', uri: 'file:///a.ts', name: 'a.ts', mime: 'text/x' },
            { type: 'patch', path: 'a.ts', diff: '-a\n+b' },
          ],
        },
      ],
    });
    const text = [
      '[1] system\nBe brief.',
      '[2] user (Ada) May 8th\nRead it.',
      '[3] assistant\n[reasoning]\nHm.\n[call c1: read]\n{"path":"a.ts"}',
      '[4] tool\n[error of c1]\ngone',
      '[5] assistant\n[file: a.ts (text/x) file:///a.ts]\n[patch: a.ts]\n-a\n+b',
    ].join('\n\n');
    const uri = `session://${session_id}`;
    expect((await server.client.readResource({ uri })).contents).toEqual([
      { uri, mimeType: 'text/plain', text: `\`\`\` untrusted tool\n${text}\n\`\`\`` },
    ]);
  });

  it.each(['session://ses_nowhere', 'session://', 'session://ses_1/../2'])('do not include %s', async uri => {
    await using server = await connect();
    await expect(server.client.readResource({ uri })).rejects.toThrow();
  });

  it('are listed by name or first words, each once, without what lies elsewhere or was deleted', async () => {
    await using server = await connect();
    const append = (args: Record<string, unknown>) => server.call('session_append', args);
    for (let n = 0; n < 120; n += 1) await append({ messages: [{ role: 'user', content: `Talk ${n}.` }] });
    await append({ external_id: 'thread', create: true, messages: [] });
    await append({ graph_nodes: ['repo:other/app'], messages: [{ role: 'user', content: 'Elsewhere.' }] });
    const { session_id } = await append({ messages: [{ role: 'user', content: 'Deleted.' }] });
    await server.call('session_rewind', { session_id, all: true });
    const names = (await listed(server)).map(({ name }) => name);
    expect(names).toEqual([...Array.from({ length: 120 }, (_, n) => `Talk ${n}.`), 'thread']);
  });

  it('complete an id from its beginning', async () => {
    await using server = await connect();
    const { session_id } = await server.call('session_append', { messages: [] });
    const ref = { type: 'ref/resource', uri: 'session://{id}' } as const;
    const complete = async (value: string) =>
      (await server.client.complete({ ref, argument: { name: 'id', value } })).completion.values;
    expect(await complete(session_id.slice(0, -1))).toContain(session_id);
    expect(await complete('ses_%')).toEqual([]);
  });

  it('show the newest messages of a long conversation', async () => {
    await using server = await connect();
    const messages = Array.from({ length: 300 }, (_, n) => ({ role: 'user', content: `${n}` }));
    const { session_id } = await server.call('session_append', { messages });
    await server.call('session_append', { session_id, messages });
    const [content] = (await server.client.readResource({ uri: `session://${session_id}` })).contents;
    const text = content && 'text' in content ? content.text : '';
    expect(text.match(/^\[\d+\]/gm)).toHaveLength(500);
    expect(text).toMatch(/^\[101\] user\n100\n/);
  });
});

describe('one message', () => {
  it('is read by its id or URI, hidden or not, until it is purged', async () => {
    await using server = await connect();
    const result = { type: 'tool_result', call_id: 'c', output: 'gone' };
    const { session_id, message_ids } = await server.call('session_append', {
      messages: [
        { role: 'user', content: 'Hello.' },
        { role: 'tool', parts: [result] },
      ],
    });
    const { readMessage } = server.engine.sessions;
    expect(await readMessage(`message://${message_ids[0]}`)).toMatchObject({
      text: '[1] user\nHello.',
      trust: 'agent',
      scope: 'repo:acme/app',
      meta: { id: message_ids[0], session: `session://${session_id}`, role: 'user', sequence: 1, tokens: 6 },
    });
    await server.call('session_rewind', { session_id, message_id: message_ids[1] });
    const hidden = await readMessage(message_ids[1]);
    expect([hidden.trust, hidden.meta.hidden_at]).toEqual(['tool', expect.any(String)]);
    await server.call('session_rewind', { session_id, message_id: message_ids[1], purge: true });
    await expect(readMessage(message_ids[1])).rejects.toThrow(/There is no message/);
    await expect(readMessage('msg_nowhere')).rejects.toThrow(/There is no message/);
  });
});
