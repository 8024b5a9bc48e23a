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

  it('finds a letter whether it was written as one character or as two, and shows the text as it is', async () => {
    await using server = await connect();
    const composed = 'Die Prüfung heißt 검사.'.normalize('NFC');
    const decomposed = 'Die Prüfung, auf Koreanisch 검사, ist am Montag.'.normalize('NFD');
    for (const content of [composed, decomposed]) await remember(server, content);
    for (const query of ['pr[üö]fung', '검사', '^die pr.fung'])
      for (const form of ['NFC', 'NFD']) {
        const { hits } = await server.call('search', { query: query.normalize(form), mode: 'regex' });
        const texts = hits.map(({ snippet }: { snippet: string }) => snippet);
        expect(texts.sort()).toEqual([composed, decomposed].sort());
      }
  });

  it('is not held up by marks piled up without end', async () => {
    await using server = await connect({ options: { regexTimeoutMs: 2000 } });
    const text = `Zalgo a${'\u0301\u0323'.repeat(200_000)}`;
    const reasoning = [{ type: 'reasoning', text }];
    const messages = [
      { role: 'assistant', parts: reasoning },
      { role: 'user', content: 'Who is Zalgo?' },
    ];
    await server.call('session_append', { create: true, messages });
    const { hits } = await server.call('search', { query: 'zalgo', mode: 'regex' });
    expect(hits).toHaveLength(2);
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
