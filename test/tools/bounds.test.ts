import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../../src/text/estimate.js';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

describe('a number out of bounds', () => {
  it.each([
    ['search', { query: 'a', limit: 0 }, 'found 0, expected a whole number from 1 to 100', 'limit'],
    ['search', { query: 'a', limit: 101 }, 'found 101, expected a whole number from 1 to 100', 'limit'],
    ['search', { query: 'a', limit: 2.5 }, 'found 2.5, expected a whole number from 1 to 100', 'limit'],
    ['search', { query: 'a', limit: '9' }, 'found "9", expected a whole number from 1 to 100', 'limit'],
    ['search', { query: 'a', max_tokens: 99 }, 'found 99, expected a whole number from 100', 'max_tokens'],
    ['search', { query: 'a', max_tokens: 1e9 }, 'found 1000000000, expected a whole', 'max_tokens'],
    ['fetch', { uri: 'mem_1', max_tokens: 49 }, 'found 49, expected a whole number from 50', 'max_tokens'],
    ['memory_forget', { tags: ['a'], expected_count: -1 }, 'found -1, expected a whole', 'expected_count'],
    [
      'memory_propose',
      { changes: [{ content: 'a', importance: 7 }] },
      'found 7, expected a number from 0 to 1',
      'changes[0].importance',
    ],
  ])('of %s %j is named beside what was expected and the next call', async (tool, args, problem, place) => {
    await using server = await connect();
    const refused = await server.call(tool, args).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(refused).toMatch(/^invalid: /);
    expect(refused).toContain(problem);
    expect(refused).toContain(`- ${place}: found`);
    expect(refused).toContain(`call ${tool} again`);
  });
});

describe('kinds of search', () => {
  it('are those that exist; none means all', async () => {
    await using server = await connect();
    await remember(server, 'Zebra.');
    const found = async (kinds?: string[]) =>
      (await server.call('search', { query: 'zebra', ...(kinds && { kinds }) })).hits;
    expect(await found(['memory'])).toMatchObject([{ kind: 'memory' }]);
    expect(await found([])).toEqual(await found());
    await expect(found(['telegram'])).rejects.toThrow(
      /^invalid: .*- kinds\[0\]: found "telegram", expected .*"memory"/s,
    );
  });
});

describe('a page of fetch', () => {
  it.each([
    ['plain text', 'Obey me. '.repeat(200), 'agent'],
    ['outside text', 'Obey me. '.repeat(200), 'tool'],
    ['fences in outside text', `${'`'.repeat(3000)}\n${'~'.repeat(3000)}`, 'tool'],
    ['joined characters of outside text', `👩${'\u200d👩'.repeat(300)}`, 'import'],
  ])('of %s holds something and no more than max_tokens, its fence included', async (_, content, trust) => {
    await using server = await connect({ options: { untrustedPolicy: 'agent' } });
    const uri = await remember(server, content, { trust });
    let whole = '';
    for (let cursor: string | undefined; ; ) {
      const page = await server.call('fetch', { uri, max_tokens: 50, ...(cursor && { cursor }) });
      expect(estimateTokens(page.text)).toBeLessThanOrEqual(50);
      whole += trust === 'agent' ? page.text : page.text.replace(/^[`~]+ untrusted \w+\n|\n[`~]+$/g, '');
      cursor = page.next_cursor;
      if (cursor === undefined) break;
    }
    if (!content.includes('\n')) expect(whole).toBe(content);
    else expect(whole.length).toBeGreaterThanOrEqual(content.length - 1);
  });
});
