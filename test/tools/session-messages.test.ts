import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';

const append = async (server: Awaited<ReturnType<typeof connect>>, messages: readonly unknown[], rest = {}) =>
  server.call('session_append', { messages, ...rest });

describe('what a client sends again under its own id', () => {
  const mine = { id: 'm1', role: 'user', content: 'Deploy it.', metadata: { b: 1, a: [2] } };

  it('is kept once, however its content is written', async () => {
    await using server = await connect();
    const first = await append(server, [mine]);
    const { session_id } = first;
    const parts = { id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Deploy it.' }] };
    const again = await append(server, [{ ...parts, metadata: { a: [2], b: 1 } }, mine], { session_id });
    expect(again).toMatchObject({ message_ids: [first.message_ids[0], first.message_ids[0]], skipped: 2 });
    expect(again.context).toEqual(first.context);
  });

  it('is refused when it says something else, with the message that has the id', async () => {
    await using server = await connect();
    const { session_id, message_ids } = await append(server, [mine]);
    const other = { ...mine, content: 'Do not deploy it.' };
    const conflict = append(server, [{ role: 'user', content: 'x' }, other], { session_id });
    await expect(conflict).rejects.toThrow(new RegExp(`conflict.*messages\\[1\\].*${message_ids[0]}`, 's'));
    await expect(append(server, [mine, other])).rejects.toThrow(/conflict/);
    expect((await server.engine.sessions.read({ id: session_id })).meta.messages).toBe(1);
  });

  it('is kept once when it comes as a built context shows it, under our id', async () => {
    await using server = await connect();
    const { session_id, message_ids } = await append(server, [
      { id: 'm1', role: 'user', content: 'Deploy it.' },
      {
        role: 'assistant',
        parts: [{ type: 'tool_call', call_id: 'c', name: 'deploy', arguments: { a: 1 } }],
      },
    ]);
    const { messages } = await server.call('context_build', { session_id });
    const answer = { role: 'tool', parts: [{ type: 'tool_result', call_id: 'c', output: 'Done.' }] };
    const again = await append(server, [...messages, answer], { session_id });
    expect(again).toMatchObject({ skipped: 2 });
    expect(again.message_ids.slice(0, 2)).toEqual(message_ids);
    const anew = await append(server, messages, { session_id, replace: true });
    expect(anew).not.toHaveProperty('skipped');
    expect((await append(server, messages, { session_id })).message_ids).toEqual(anew.message_ids);
  });

  it('may be sent anew after a rewind, and belongs to its session only', async () => {
    await using server = await connect();
    const { session_id, message_ids } = await append(server, [mine]);
    await server.call('session_rewind', { session_id, message_id: 'm1' });
    const anew = await append(server, [{ ...mine, content: 'Wait.' }], { session_id });
    expect(anew.message_ids).not.toEqual(message_ids);
    expect(await append(server, [mine])).not.toHaveProperty('skipped');
  });
});

describe('a message that cannot be kept word for word', () => {
  it.each([
    [{ role: 'user', content: 'a\0b' }, /messages\[0\]\.content has a NUL character at 1/],
    [{ role: 'user', content: '\ud800' }, /messages\[0\]\.content has a lone surrogate/],
    [{ role: 'user', content: 'a', metadata: { x: ['\udc00'] } }, /metadata\.x\[0\] has a lone surrogate/],
    [{ role: 'user', content: 'a', metadata: { 'k\0': 1 } }, /a key of messages\[0\]\.metadata has a NUL/],
    [{ role: 'user' }, /messages\[0\]: give either content or parts/],
    [{ role: 'user', content: 'a', parts: [] }, /not both/],
    [{ role: 'robot', content: 'a' }, /role/],
    [{ role: 'user', content: 'a', mood: 'good' }, /mood/],
    [{ role: 'user', parts: [{ type: 'text' }] }, /messages\[0\]\.parts\[0\]\.text/],
    [{ role: 'user', parts: [{ type: 'text', text: 'a', output: 'b' }] }, /output/],
    [{ role: 'user', parts: [{ type: 'picture', uri: 'x' }] }, /type/],
    [{ role: 'assistant', parts: [{ type: 'tool_call', call_id: 'c', name: 'n' }] }, /arguments/],
    [{ role: 'user', content: 'x'.repeat(4_000_001) }, /4000000/],
  ])('is refused with its place: %.60j', async (message, problem) => {
    await using server = await connect();
    await expect(append(server, [message])).rejects.toThrow(problem);
    expect((await server.call('status')).counts.events).toBe(0);
  });

  it('is refused when it is nested too deeply, and when there are too many', async () => {
    await using server = await connect();
    let deep: unknown = 1;
    for (let n = 0; n < 200; n += 1) deep = { deep };
    await expect(append(server, [{ role: 'user', content: '', metadata: { deep } }])).rejects.toThrow(
      /deeper than 100/,
    );
    const many = Array.from({ length: 501 }, () => ({ role: 'user', content: 'x' }));
    await expect(append(server, many)).rejects.toThrow(/500/);
    await expect(server.engine.sessions.append({ messages: many })).rejects.toThrow(/at most 500/);
  });
});

describe('the keys of arguments and metadata', () => {
  it('keep their names and their order, whatever they are', async () => {
    await using server = await connect();
    const json = '{"z":1,"__proto__":{"a":[1]},"constructor":"b","a":{"__proto__":null,"é":2}}';
    const call = { type: 'tool_call', call_id: 'c', name: 'n', arguments: JSON.parse(json) };
    const { session_id } = await append(server, [
      { role: 'assistant', parts: [call], metadata: JSON.parse(json) },
    ]);
    expect((await server.engine.sessions.read({ id: session_id })).text).toContain(json);
  });
});

describe('secrets in messages', () => {
  const secret = `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`;

  it('are replaced in what was said, never in ids, signatures and the keys of arguments', async () => {
    await using server = await connect();
    const key = `key ${secret}`;
    const call = {
      type: 'tool_call',
      call_id: secret,
      name: 'push',
      arguments: { [key]: { deep: [secret] }, n: 1 },
    };
    const signed = { type: 'reasoning', text: 'Think.', signature: secret };
    const { session_id, redacted } = await append(server, [
      { role: 'user', content: `Use ${secret}.` },
      { role: 'assistant', parts: [signed, call] },
    ]);
    expect(redacted.map(({ path }: { path: string }) => path)).toContain('messages[0].parts[0].text');
    const { text } = await server.engine.sessions.read({ id: session_id });
    expect(text).toContain('Use [redacted:');
    expect(text).toContain(JSON.stringify({ [key]: { deep: ['[redacted:github-token]'] }, n: 1 }));
    expect(text).toContain(`[call ${secret}: push]`);
  });

  it('are kept or refused where the operator says so', async () => {
    await using kept = await connect({ options: { redact: 'off' } });
    const { session_id } = await append(kept, [{ role: 'user', content: secret }]);
    expect((await kept.engine.sessions.read({ id: session_id })).text).toContain(secret);
    await using refused = await connect({ options: { redact: 'reject' } });
    await expect(append(refused, [{ role: 'user', content: secret }])).rejects.toThrow(
      /messages\[0\]\.parts\[0\]\.text/,
    );
  });
});

describe('the model of a session', () => {
  const said = { role: 'user', content: 'Count these words, please.' };

  it.each([
    ['gpt-4o', 128_000 - 16_384 - 12_800, undefined],
    ['openai/gpt-4', 8192 - 2048 - 819, undefined],
    ['claude-3-5-sonnet-20241022', 200_000 - 8192 - 20_000, true],
    ['us.anthropic.claude-sonnet-4-20250514-v1:0', 200_000 - 64_000 - 20_000, true],
    ['some-model-nobody-knows', 200_000 - 8192 - 20_000, true],
  ])('%s decides what is usable and how tokens are counted', async (model, usable, approximate) => {
    await using server = await connect();
    const { session_id, context } = await append(server, [said], { model });
    expect(context).toMatchObject({ usable });
    expect(context.approximate).toBe(approximate);
    expect(context.tokens).toBe(approximate ? Math.ceil((4 + 6) * 1.35) : 10);
    expect((await append(server, [], { session_id })).context).toEqual(context);
  });

  it('is remembered with its limits until another is named', async () => {
    await using server = await connect();
    const { session_id } = await append(server, [said], { model: 'gpt-4o', context_limit: 10_000 });
    expect((await append(server, [said], { session_id })).context.usable).toBe(10_000 - 2500 - 1000);
    const changed = await append(server, [said], { session_id, model: 'gpt-4' });
    expect(changed.context).toMatchObject({ usable: 8192 - 2048 - 819, approximate: true });
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('has the limits that the operator gave it', async () => {
    await using server = await connect({
      options: { models: ['house-model=30000/1000'], contextLimit: 50_000 },
    });
    expect((await append(server, [said], { model: 'House-Model' })).context.usable).toBe(26_000);
    expect((await append(server, [said])).context.usable).toBe(50_000 - 8192 - 5000);
    await using wrong = await connect({ options: { models: ['house-model'] } });
    await expect(append(wrong, [said], { model: 'x' })).rejects.toThrow(/context_limit\/max_output/);
  });
});

describe('tool calls that repeat', () => {
  const calls = (...paths: string[]) =>
    paths.map(path => ({
      role: 'assistant',
      parts: [{ type: 'tool_call', call_id: `c${Math.random()}`, name: 'read', arguments: { path } }],
    }));

  it('are reported, across calls and whatever was said between', async () => {
    await using server = await connect();
    const { session_id, doom_loop } = await append(server, calls('a', 'a'));
    expect(doom_loop).toBeUndefined();
    const between = [
      { role: 'tool', content: 'no' },
      { role: 'assistant', content: 'Hm.' },
    ];
    const third = await append(server, [...between, ...calls('a')], { session_id });
    expect(third.doom_loop).toEqual({ kind: 'repeat', length: 1, repeats: 3, tool: 'read' });
    expect((await append(server, calls('b'), { session_id })).doom_loop).toBeUndefined();
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('are seen as a cycle of two, also within one call, and not after a rewind', async () => {
    await using server = await connect();
    const looped = await append(server, calls('a', 'b', 'a', 'b', 'a', 'b'));
    expect(looped.doom_loop).toMatchObject({ kind: 'cycle', length: 2 });
    const { session_id, message_ids } = looped;
    await server.call('session_rewind', { session_id, message_id: message_ids[1] });
    expect((await append(server, calls('b'), { session_id })).doom_loop).toBeUndefined();
  });
});
