/** What ContextStore and mnesis got wrong with conversations, each once: none of it may happen here. */
import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';

type Server = Awaited<ReturnType<typeof connect>>;
type Shown = { readonly id?: string; readonly role: string; readonly content?: unknown };

const STRATEGIES = ['lossless', 'truncate_oldest', 'recent_only', 'summarize_oldest'] as const;
const words = (count: number) => 'word '.repeat(count);
const turns = (count: number, from = 1, length = 30) =>
  Array.from({ length: count }, (_, at) => ({
    id: `t${from + at}`,
    role: (from + at) % 2 === 1 ? 'user' : 'assistant',
    content: `Turn ${from + at}. ${words(length)}`,
  }));
const opened = async (server: Server, messages: readonly object[], rest: object = {}): Promise<string> =>
  (await server.call('session_append', { messages, ...rest })).session_id;
const build = (server: Server, args: object) => server.call('context_build', { ...args });

describe('ContextStore', () => {
  it.each(STRATEGIES)('does not lose the newest message when it is too large, by %s', async strategy => {
    await using server = await connect();
    const messages = [...turns(6), { id: 'big', role: 'user', content: words(900) }];
    await expect(build(server, { messages, strategy, max_tokens: 500 })).rejects.toThrow(
      /^too_large: .*newest user message .* of a budget of 500/,
    );
    const roomy = await build(server, { messages, strategy, max_tokens: 1000 });
    expect(roomy.messages.at(-1)).toEqual(messages.at(-1));
  });

  it('does not call a summariser that shrinks nothing again and again', async () => {
    await using server = await connect();
    let calls = 0;
    const summarizer = () => {
      calls += 1;
      return words(5000);
    };
    const asked = { messages: turns(80), max_tokens: 600, strategy: 'summarize_oldest' as const, summarizer };
    const { total_tokens, report } = await server.engine.context.build(asked);
    expect(calls).toBe(1);
    expect(total_tokens).toBeLessThanOrEqual(600);
    expect(report.summary).toMatchObject({ level: 3 });
  });

  it('does not summarise a summary: one node stands for all that is covered', async () => {
    await using server = await connect();
    const seen: string[][] = [];
    const { report, messages } = await server.engine.context.build({
      messages: turns(80),
      max_tokens: 600,
      strategy: 'summarize_oldest',
      chunk_size: 5,
      summarizer: covered => {
        seen.push(covered.map(({ id }) => id));
        return 'Turns were taken.';
      },
    });
    const covered = report.summarised.reduce((sum, run) => sum + run.messages, 0);
    expect(seen).toEqual([turns(covered).map(({ id }) => id)]);
    expect(messages.filter(({ id }) => id === undefined)).toHaveLength(1);
  });

  it('does not lose the role on a round trip', async () => {
    await using server = await connect();
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'c', type: 'function', function: { name: 'weather', arguments: '{"in":"Oslo"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c', content: 'Snow.' },
      { role: 'assistant', content: 'It snows.' },
    ];
    const first = await build(server, { messages, shape: 'openai' });
    const again = await build(server, { messages: first.messages, shape: 'openai' });
    expect(again.messages).toEqual(messages);
    const plain = (await build(server, { messages })).messages;
    const session_id = await opened(server, plain);
    expect((await build(server, { session_id, shape: 'openai' })).messages).toEqual(messages);
  });

  it('does not skip what does not fit for something older that does, by recent_only', async () => {
    await using server = await connect();
    const a = { id: 'a', role: 'user', content: 'Small and old.' };
    const b = { id: 'b', role: 'assistant', content: words(300) };
    const c = { id: 'c', role: 'user', content: 'Small and new.' };
    const built = await build(server, { messages: [a, b, c], strategy: 'recent_only', max_tokens: 100 });
    expect(built.messages).toEqual([c]);
    expect(built.report.dropped).toMatchObject([{ first: 'a', last: 'b', messages: 2 }]);
  });

  it('does not order messages by time texts of mixed zones', async () => {
    await using server = await connect();
    const times = ['2026-01-01T23:30:00-08:00', '2026-01-02T09:00:00+01:00', '2026-01-02T08:10:00Z'];
    const messages = times.map((timestamp, at) => ({
      id: `m${at}`,
      role: 'user',
      content: `${at}`,
      timestamp,
    }));
    const session_id = await opened(server, messages);
    for (const source of [{ messages }, { session_id }])
      expect((await build(server, source)).messages.map(({ content }: Shown) => content)).toEqual([
        '0',
        '1',
        '2',
      ]);
    const since = await build(server, { messages, since: '2026-01-02T08:00:00Z' });
    expect(since.messages.map(({ id }: Shown) => id)).toEqual(['m1', 'm2']);
  });

  it('does not throw on the text of special tokens', async () => {
    await using server = await connect();
    const messages = [{ id: 's', role: 'user', content: '<|endoftext|><|im_start|>'.repeat(50) }];
    expect((await build(server, { messages })).messages).toEqual(messages);
  });
});

describe('mnesis', () => {
  it('does not summarise from the first message each time', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(20));
    const covers: string[] = [];
    for (let from = 21; from <= 61; from += 20) {
      const { covers: covered } = await server.call('context_compact', { session_id, summary: 'Turns.' });
      covers.push(covered);
      await server.call('session_append', { session_id, messages: turns(20, from) });
    }
    expect(covers).toEqual(['1-15', '16-35', '36-55']);
  });

  it('does not take the instruction of a short chat out of the context', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(2, 1, 2000));
    await server.call('context_compact', { session_id });
    expect((await build(server, { session_id })).messages[0]).toMatchObject({
      content: turns(2, 1, 2000)[0]?.content,
    });
  });

  it('does not compact at every turn once it began', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(30), { context_limit: 1500, max_output: 200 });
    let compacted = 0;
    for (let at = 31; at <= 60; at += 1) {
      const { maintenance } = await server.call('session_append', { session_id, messages: turns(1, at) });
      compacted += maintenance.compacted ?? 0;
    }
    expect(compacted).toBeGreaterThan(0);
    expect(compacted).toBeLessThan(8);
  });

  it('does not lose references to files, not even when summaries are condensed', async () => {
    await using server = await connect();
    const file = { type: 'file_ref', uri: 'blob://blob_7', name: 'plan.md' };
    const messages = [{ role: 'user', parts: [{ type: 'text', text: words(60) }, file] }];
    const session_id = await opened(server, messages, { context_limit: 1500, max_output: 200 });
    // The work after a reply may be the first to condense: then another summary is the oldest.
    const oldest = new Set<string>();
    for (let from = 1; oldest.size < 2 && from < 400; from += 10) {
      await server.call('session_append', { session_id, messages: turns(10, from) });
      await server.call('context_compact', { session_id, summary: `Turns from ${from}. ${words(60)}` });
      const { messages, report } = await build(server, { session_id });
      expect(JSON.stringify(messages)).toContain('blob://blob_7');
      expect(report.frontier.shown).toBe(true);
      oldest.add(report.frontier.uris[0]);
    }
    expect(oldest.size).toBe(2);
  });

  it('does not begin with the assistant, nor put summaries in its mouth', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(20));
    await server.call('context_compact', { session_id, summary: 'Turns were taken.' });
    for (const shape of ['plain', 'openai', 'anthropic']) {
      const { messages } = await build(server, { session_id, shape });
      expect(messages[0].role).toBe('user');
      expect(JSON.stringify(messages[0])).toContain('Turns were taken.');
    }
  });

  it('does not let summaries crowd out every message', async () => {
    await using server = await connect();
    const session_id = await opened(server, turns(40));
    await server.call('context_compact', { session_id, summary: words(700) });
    const { messages, report } = await build(server, { session_id, max_tokens: 500 });
    expect(report.frontier.shown).toBe(false);
    expect(messages.filter(({ id }: Shown) => id !== undefined).length).toBeGreaterThan(2);
  });
});
