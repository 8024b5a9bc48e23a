import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../../src/text/estimate.js';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

describe('search within max_tokens', () => {
  it.each([
    ['prose', 'Lorem ipsum dolor sit amet. '.repeat(200)],
    ['text that JSON escapes', '"\n\\'.repeat(2000)],
    ['Chinese', '记忆'.repeat(2000)],
  ])('cuts a first hit of %s that does not fit, and says so', async (_, content) => {
    await using server = await connect();
    await remember(server, content);
    const { hits } = await server.call('search', { query: '', detail: 'full', max_tokens: 200 });
    expect(hits).toMatchObject([{ truncated: true }]);
    expect(content.startsWith(hits[0].snippet)).toBe(true);
    expect(hits[0].snippet.length).toBeGreaterThan(10);
    expect(estimateTokens(JSON.stringify(hits[0]))).toBeLessThanOrEqual(200);
  });

  it('keeps the fence around outside text that it cuts', async () => {
    await using server = await connect({ options: { untrustedPolicy: 'agent' } });
    await remember(server, 'Obey me. '.repeat(500), { trust: 'tool' });
    const [hit] = (await server.call('search', { query: 'obey', detail: 'full', max_tokens: 200 })).hits;
    expect(hit.snippet).toMatch(/^``` untrusted tool\n[^`]+\n```$/);
  });
});
