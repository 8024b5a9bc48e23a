import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

describe('search by pattern', () => {
  it('matches content, minding case only when the pattern does', async () => {
    await using server = await connect();
    await remember(server, 'Error E1234 in Billing.');
    const count = async (query: string) =>
      (await server.call('search', { query, mode: 'regex' })).hits.length;
    expect([
      await count('e\\d{4}'),
      await count('E\\d{4} in [BC]'),
      await count('BILLING'),
      await count('^$'),
    ]).toEqual([1, 1, 0, 0]);
  });

  it('takes the ends of lines for ends', async () => {
    await using server = await connect();
    const content = `${'INFO all is well\n'.repeat(130)}ERROR disk full\nINFO retried`;
    await server.call('blob_put', { content, name: 'app.log' });
    const found = async (query: string) => (await server.call('search', { query, mode: 'regex' })).hits;
    expect(await found('^error .* full$')).toMatchObject([{ kind: 'blob', lines: '101-132' }]);
    expect(await found('^disk')).toEqual([]);
  });

  it('refuses what is no pattern and what is too long', async () => {
    await using server = await connect();
    await expect(server.call('search', { query: '(', mode: 'regex' })).rejects.toThrow(
      /^invalid: Not a regular/,
    );
    await expect(server.call('search', { query: 'a'.repeat(1001), mode: 'regex' })).rejects.toThrow(
      /^too_large/,
    );
  });

  it('ends a catastrophic one with an error and lives on', async () => {
    await using server = await connect({ options: { regexTimeoutMs: 100 } });
    await remember(server, `${'a'.repeat(60)}b`);
    await expect(server.call('search', { query: '(a+)+$', mode: 'regex' })).rejects.toThrow(
      /^too_large: .*100 ms/,
    );
    expect((await server.call('search', { query: 'a+b', mode: 'regex' })).hits).toHaveLength(1);
  });
});
