import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../../src/text/estimate.js';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

describe('a number out of bounds', () => {
  it.each([
    ['search', { query: 'a', limit: 0 }, 'found 0, expected a whole number from 1 to 100', 'limit'],
    ['search', { query: 'a', limit: 101 }, 'found 101, expected a whole number from 1 to 100', 'limit'],
    ['search', { query: 'a', limit: 2.5 }, 'found 2.5, expected a whole number from 1 to 100', 'limit'],
    ['search', { query: 'a', limit: 'nine' }, 'found "nine", expected a whole number from 1 to 100', 'limit'],
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

describe('an error about many things', () => {
  const many = (count: number, one: unknown) => Array.from({ length: count }, () => one);
  it.each([
    ['search', { query: 'a', types: many(5000, 'zz') }],
    ['checkpoint', { session_summary: 'a', decisions: many(3000, { statement: 5 }) }],
    [
      'memory_propose',
      { changes: many(100, { op: 'x', type: 'x', trust: 'x', importance: 7, confidence: 7 }) },
    ],
  ])('of %s names the first, counts the rest and ends with the next call', async (tool, args) => {
    await using server = await connect();
    const refused: string = await server.call(tool, args).catch(error => error.message);
    expect(refused.length).toBeLessThan(10_500);
    expect(refused).toMatch(/\n- and \d+ more\nCorrect them and call \w+ again\.$/);
    const [, left] = /and (\d+) more/.exec(refused) ?? [];
    const listed = refused.split('\n').filter(line => line.includes('found')).length;
    expect(listed).toBeGreaterThan(20);
    expect(Number(left)).toBeGreaterThan(300);
  });

  it('lists every problem of a hundred changes with one each', async () => {
    await using server = await connect();
    const refused: string = await server
      .call('memory_propose', { changes: many(100, { content: '' }) })
      .catch(error => error.message);
    expect(refused).toContain('changes[99]: add needs content');
  });
});

describe('marks piled up without end, which take the square of their number to sort', () => {
  const piled = `a${'\u0301\u0323'.repeat(200_000)}`;
  it.each([
    [
      'the name of a run',
      'run_record',
      { run_id: piled, events: [{ type: 'NOTE', payload: {} }] },
      /not_found/,
    ],
    ['an external id', 'run_open', { objective: 'a', external_id: piled }, /at most 200 are allowed/],
    ['a pattern', 'search', { query: piled.slice(0, 99_999), mode: 'regex' }, /1000 is the limit/],
  ])('are refused as %s', async (_what, tool, args, problem) => {
    await using server = await connect();
    await expect(server.call(tool, args)).rejects.toThrow(problem);
  });

  it('are cut in the name of a large output', async () => {
    await using server = await connect({ options: { blobTokens: 500 } });
    const read = { type: 'tool_call', call_id: 'c', name: 'read', arguments: { path: piled } };
    const said = { type: 'tool_result', call_id: 'c', output: 'All is well. '.repeat(1000) };
    const messages = [
      { role: 'assistant', parts: [read] },
      { role: 'tool', parts: [said] },
    ];
    const { message_ids } = await server.call('session_append', { messages });
    expect(message_ids).toHaveLength(2);
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
