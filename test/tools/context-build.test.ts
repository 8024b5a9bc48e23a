import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

type Shown = { role: string; id?: string; content?: unknown; [field: string]: unknown };
type Run = { first: string; last: string; messages: number; tokens: number; reason?: string };

const turns = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    id: `t${at + 1}`,
    role: at % 2 === 0 ? 'user' : 'assistant',
    content: `Turn ${at + 1}. ${'some words '.repeat(10)}`,
  }));
const total = (runs: readonly Run[]) => runs.reduce((sum, { messages }) => sum + messages, 0);

describe('context_build of messages given', () => {
  it('returns everything, as it was, when it fits', async () => {
    await using session = await connect();
    const messages = turns(6);
    const built = await session.call('context_build', { messages, max_tokens: 2000 });
    expect(built.messages).toEqual(messages);
    expect(built).toMatchObject({
      strategy_used: 'none',
      approximate: false,
      scope: 'repo:acme/app + global',
    });
    expect(built.report.included).toEqual([
      { first: 't1', last: 't6', messages: 6, tokens: built.total_tokens },
    ]);
  });

  it.each(['lossless', 'summarize_oldest'])(
    'summarises the oldest by %s, and says of which',
    async strategy => {
      await using session = await connect();
      const built = await session.call('context_build', { messages: turns(80), max_tokens: 600, strategy });
      expect(built.total_tokens).toBeLessThanOrEqual(600);
      expect(built).toMatchObject({ strategy_used: strategy, report: { budget: 600, dropped: [] } });
      const { summary, included, summarised } = built.report;
      expect(total(included) + total(summarised)).toBe(80);
      expect(summary).toMatchObject({ level: 3, first: 't1', messages: total(summarised) });
      expect(built.messages[0]).toMatchObject({ role: 'user', content: expect.stringContaining('t1 to t') });
      expect(built.messages.at(-1)?.id).toBe('t80');
    },
  );

  it.each(['truncate_oldest', 'recent_only'])('drops the oldest by %s, without a gap', async strategy => {
    await using session = await connect();
    const messages = turns(80);
    const built = await session.call('context_build', { messages, max_tokens: 600, strategy });
    expect(built.total_tokens).toBeLessThanOrEqual(600);
    const [dropped, ...more] = built.report.dropped;
    expect(more).toEqual([]);
    expect(dropped).toMatchObject({ first: 't1', reason: 'budget' });
    const kept = built.messages.filter((message: Shown) => message.id);
    expect(kept).toEqual(messages.slice(dropped.messages));
    expect(built.messages[0].role).toBe('user');
  });

  it('covers chunks of the size asked for', async () => {
    await using session = await connect();
    const asked = { messages: turns(80), max_tokens: 600, strategy: 'summarize_oldest', chunk_size: 7 };
    const { report } = await session.call('context_build', asked);
    expect(report.summary.messages % 7).toBe(0);
  });

  it('refuses what cannot be shown whole, with the figures', async () => {
    await using session = await connect();
    const messages = [
      { role: 'system', content: 'Be brief. '.repeat(50) },
      { role: 'user', content: 'word '.repeat(500) },
    ];
    await expect(session.call('context_build', { messages, max_tokens: 300 })).rejects.toThrow(
      /^too_large: System messages take \d+ tokens and the newest user message .* of a budget of 300.*max_tokens/,
    );
  });

  it('refuses neither and both of session and messages, and what is no message', async () => {
    await using session = await connect();
    await expect(session.call('context_build', {})).rejects.toThrow(/Neither session_id nor messages/);
    const both = { session_id: 'x', messages: turns(1) };
    await expect(session.call('context_build', both)).rejects.toThrow(/Both session_id and messages/);
    const wrong = { messages: [turns(1)[0], { role: 'user', content: 7 }] };
    await expect(session.call('context_build', wrong)).rejects.toThrow(/messages\[1\] is no message/);
    const nested = JSON.parse(`${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`);
    const call = { type: 'tool_call', call_id: 'c', name: 'f', arguments: nested };
    const deep = { messages: [{ role: 'assistant', parts: [call] }] };
    await expect(session.call('context_build', deep)).rejects.toThrow(/nested deeper than 100 levels/);
    const role = { messages: [{ role: 'robot', content: 'x' }] };
    await expect(session.call('context_build', role)).rejects.toThrow(/messages\[0\] is no message/);
    await expect(session.call('context_build', { messages: [], strategy: 'best' })).rejects.toThrow(
      /invalid/,
    );
  });

  it('makes nothing of nothing', async () => {
    await using session = await connect();
    const built = await session.call('context_build', { messages: [] });
    expect(built).toMatchObject({ messages: [], total_tokens: 0, strategy_used: 'none' });
  });
});

describe('relevant_to', () => {
  it('puts memories about a question before the tail, fenced, within its share', async () => {
    await using session = await connect();
    await remember(session, 'Atlas deploys run on Tuesday.');
    const asked = { messages: turns(80), max_tokens: 1000, relevant_to: 'When do Atlas deploys run?' };
    const built = await session.call('context_build', asked);
    expect(built.total_tokens).toBeLessThanOrEqual(1000);
    const at = built.messages.findIndex(({ content }: Shown) => String(content).includes('on Tuesday'));
    expect(at).toBe(1);
    expect(built.messages[1]).toMatchObject({ role: 'user', content: expect.stringContaining('```') });
    expect(built.report.relevant.uris).toHaveLength(1);
    expect(built.report.relevant.tokens).toBeLessThanOrEqual(200);
  });

  it('fits at any budget, however small', async () => {
    await using session = await connect();
    await remember(session, 'Atlas deploys run on Tuesday.');
    for (const max_tokens of [1, 30, 60, 100, 150, 190, 210, 250, 400]) {
      const asked = { messages: [{ role: 'assistant', content: 'Hm.' }], max_tokens, relevant_to: 'Atlas' };
      const built = await session.call('context_build', asked);
      expect(built.total_tokens).toBeLessThanOrEqual(max_tokens);
    }
  });

  it('takes them from what the session is about and from global, not from the home', async () => {
    await using server = await connect();
    const remember = (content: string, scope: object) =>
      server.call('memory_propose', { changes: [{ type: 'fact', content, ...scope }], commit: true });
    await remember('Pears grow here at home.', {});
    await remember('Pears grow in the orchard.', { graph_nodes: ['svc:orchard'] });
    await remember('Pears grow everywhere.', { global: true });
    const recalled = async (graph_nodes: readonly string[] | undefined) => {
      const messages = [{ role: 'user', content: 'Well?' }];
      const { session_id } = await server.call('session_append', { messages, graph_nodes });
      const built = await server.call('context_build', { session_id, relevant_to: 'pears' });
      return [...JSON.stringify(built.messages).matchAll(/Pears grow (\w+)/g)]
        .map(([, where]) => where)
        .sort();
    };
    expect(await recalled(['svc:orchard'])).toEqual(['everywhere', 'in']);
    expect(await recalled([])).toEqual(['everywhere']);
    expect(await recalled(undefined)).toEqual(['everywhere', 'here']);
  });

  it('adds nothing when nothing is known, and gives way to what must be shown', async () => {
    await using session = await connect();
    const asked = { messages: turns(3), max_tokens: 200, relevant_to: 'Atlas' };
    const { report, messages } = await session.call('context_build', asked);
    expect(report.relevant).toEqual({ uris: [], tokens: 0 });
    expect(messages).toHaveLength(3);
    await remember(session, 'Atlas deploys run on Tuesday.');
    const large = [{ role: 'user', content: 'word '.repeat(80) }];
    const tight = await session.call('context_build', { ...asked, messages: large, max_tokens: 100 });
    expect(tight.messages).toHaveLength(1);
    expect(tight.report.relevant).toBeUndefined();
  });
});

describe('budgets', () => {
  it('takes them from the model: limit without the answer and the buffer', async () => {
    await using session = await connect();
    const budgetOf = async (args: object) =>
      (await session.call('context_build', { messages: [], ...args })).report.budget;
    expect(await budgetOf({ model: 'gpt-4o' })).toBe(128_000 - 16_384 - 12_800);
    expect(await budgetOf({})).toBe(200_000 - 8_192 - 20_000);
    expect(await budgetOf({ model: 'gpt-4o', max_tokens: 500 })).toBe(500);
  });

  it('counts for another tokenizer with a margin, and says so', async () => {
    await using session = await connect();
    const own = await session.call('context_build', { messages: turns(4) });
    const other = await session.call('context_build', { messages: turns(4), model: 'claude-sonnet-4-5' });
    expect(other.approximate).toBe(true);
    expect(other.total_tokens).toBeGreaterThan(own.total_tokens);
  });
});

describe('context_build of a session', () => {
  it('builds what the same messages would give, says how to read them whole, and writes nothing', async () => {
    await using session = await connect();
    const { session_id } = await session.call('session_append', { messages: turns(60) });
    const before = await session.call('status');
    const asked = { session_id, max_tokens: 600 };
    const built = await session.call('context_build', asked);
    expect(built.messages[0].content).toContain(`fetch session://${session_id}`);
    expect(built.messages.at(-1)).toMatchObject({ role: 'assistant', content: turns(60)[59]?.content });
    expect(await session.call('context_build', asked)).toEqual(built);
    expect(await session.call('status')).toEqual(before);
  });

  it('takes external ids, leaves out what was rewound, and keeps its prefix as messages come', async () => {
    await using session = await connect();
    const external_id = 'chat-7';
    const { session_id } = await session.call('session_append', {
      external_id,
      create: true,
      messages: turns(60),
    });
    const first = await session.call('context_build', { session_id: external_id, max_tokens: 600 });
    await session.call('session_append', {
      session_id,
      messages: [{ id: 'x', role: 'user', content: 'More.' }],
    });
    const grown = await session.call('context_build', { session_id, max_tokens: 600 });
    expect(grown.messages.slice(0, -1)).toEqual(first.messages);
    await session.call('session_rewind', { session_id, message_id: 'x' });
    expect(await session.call('context_build', { session_id, max_tokens: 600 })).toEqual(first);
  });

  it('uses the limits of the session, unless another model is named', async () => {
    await using session = await connect();
    const limits = { model: 'gpt-4o', context_limit: 10_000, max_output: 1000 };
    const { session_id } = await session.call('session_append', { ...limits, messages: turns(2) });
    const budgetOf = async (args: object) =>
      (await session.call('context_build', { session_id, ...args })).report.budget;
    expect(await budgetOf({})).toBe(8000);
    expect(await budgetOf({ model: 'gpt-4o-mini' })).toBe(128_000 - 16_384 - 12_800);
  });

  it('goes by when messages came where they have no time of their own', async () => {
    await using session = await connect();
    const { session_id } = await session.call('session_append', { messages: turns(2) });
    session.sources.forward(3_600_000);
    await session.call('session_append', { session_id, messages: [{ role: 'user', content: 'Later.' }] });
    const { messages } = await session.call('context_build', { session_id, since: '2026-01-01T00:30:00Z' });
    expect(messages).toMatchObject([{ content: 'Later.' }]);
  });

  it('refuses sessions that are unknown or deleted', async () => {
    await using session = await connect();
    await expect(session.call('context_build', { session_id: 'ses_0' })).rejects.toThrow(/^not_found/);
    const { session_id } = await session.call('session_append', { messages: turns(2) });
    await session.call('session_rewind', { session_id, all: true });
    await expect(session.call('context_build', { session_id })).rejects.toThrow(/^not_found: .* was deleted/);
  });
});

describe('the library', () => {
  it('takes a filter and a summarizer, and says what became of each message', async () => {
    await using session = await connect();
    const built = await session.engine.context.build({
      messages: turns(80),
      max_tokens: 600,
      filter: ({ id }) => id !== 't79',
      summarizer: covered => `They took ${covered.length} turns.`,
    });
    expect(built.report.summary?.level).toBe(1);
    expect(built.messages[0]).toMatchObject({
      content: `They took ${built.report.summary?.messages} turns.`,
    });
    expect(built.fates).toHaveLength(80);
    expect(built.fates[78]).toMatchObject({ id: 't79', fate: 'dropped', reason: 'filtered' });
  });
});
