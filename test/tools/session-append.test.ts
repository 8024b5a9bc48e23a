import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';

const hello = { role: 'user', content: 'Hello.' };

describe('session_append', () => {
  it('opens a session, keeps messages and says how full the context is', async () => {
    await using server = await connect();
    const { session_id, ...reply } = await server.call('session_append', {
      messages: [hello, { role: 'assistant', content: 'Hi! What shall we do?' }],
    });
    expect(session_id).toMatch(/^ses_/);
    expect(reply).toMatchObject({
      created: true,
      context: { tokens: 4 + 2 + 4 + 7, usable: 200_000 - 8192 - 20_000, share: 0 },
      maintenance: {},
      scope: 'repo:acme/app',
    });
    expect(reply.message_ids).toHaveLength(2);
    expect((await server.engine.verify({ deep: true })).findings).toEqual([]);
  });
});
