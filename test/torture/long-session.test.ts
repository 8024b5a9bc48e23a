import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';

type Server = Awaited<ReturnType<typeof connect>>;

const LIMITS = { context_limit: 4000, max_output: 500 };
const toolTurn = (id: string) => [
  { role: 'assistant', parts: [{ type: 'tool_call', call_id: id, name: 'bash', arguments: { id } }] },
  { role: 'tool', parts: [{ type: 'tool_result', call_id: id, output: 'some words '.repeat(30) }] },
];

async function opened(server: Server, messages: readonly object[]): Promise<string> {
  return (await server.call('session_append', { messages, ...LIMITS })).session_id;
}

describe('a session that outgrows its window', () => {
  it('is compacted seldom, stays under its budget after every reply and loses nothing', async () => {
    await using server = await connect();
    let compactions = 0;
    const session_id = await opened(server, []);
    for (let at = 1; at <= 1000; at += 1) {
      const content = `Turn ${at}. ${'some words '.repeat(at % 40)}`;
      const messages = [{ role: at % 2 === 1 ? ('user' as const) : ('assistant' as const), content }];
      const { context, maintenance } = await server.engine.sessions.append({ session_id, messages });
      expect(context.tokens).toBeLessThanOrEqual(context.usable);
      compactions += maintenance.compacted ?? 0;
    }
    expect(compactions).toBeGreaterThan(5);
    expect(compactions).toBeLessThan(120);
    const { fates, total_tokens } = await server.engine.context.build({ session_id });
    expect(total_tokens).toBeLessThanOrEqual(3100);
    expect(fates.filter(({ fate }) => fate === 'dropped')).toEqual([]);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('holds one user message followed by 300 tool calls', async () => {
    await using server = await connect();
    const session_id = await opened(server, [{ role: 'user', content: 'Fix every test.' }]);
    for (let at = 0; at < 300; at += 1) {
      const { context } = await server.call('session_append', { session_id, messages: toolTurn(`c${at}`) });
      expect(context.tokens).toBeLessThanOrEqual(context.usable);
    }
    const context = await server.call('context_build', { session_id });
    expect(context.messages[1]).toMatchObject({ role: 'user', content: 'Fix every test.' });
    expect(context.report.frontier.shown).toBe(true);
  });
});
