import { expect, test } from 'vitest';
import { connect } from '../support/connect.js';

const uri = (id: string) => `memory://${id}`;

test('memories that say the same are one hit, which names the others', async () => {
  await using server = await connect();
  const { committed_ids: ids } = await server.call('memory_propose', {
    commit: true,
    changes: [
      { content: 'The user prefers dark mode.' },
      { content: 'user prefers  dark modes' },
      { content: 'User prefers light mode in the morning' },
    ],
  });
  const { hits, more } = await server.call('search', { query: 'which mode does the user prefer' });
  expect(hits).toHaveLength(2);
  const one = hits.find(({ also }: { also?: string[] }) => also);
  expect([one.uri, ...one.also].sort()).toEqual(ids.slice(0, 2).map(uri).sort());
  expect(more).toBe(0);
});

test.each([
  ['a number', 'The API listens on port 8080', 'The API listens on port 8081'],
  ['a negation', 'We deploy on Fridays', 'We do not deploy on Fridays'],
  ['a sign', 'Retry when latency > 5', 'Retry when latency < 5'],
  ['a preposition', 'Back up before the release', 'Back up after the release'],
])('what differs in %s stays apart', async (_what, left, right) => {
  await using server = await connect();
  for (const content of [left, right]) {
    const { batch_id } = await server.call('memory_propose', { changes: [{ content }] });
    await server.call('memory_commit', { batch_id });
  }
  expect((await server.call('search', { query: left })).hits).toHaveLength(2);
});

test('a page is filled with others, and pages show every memory once', async () => {
  await using server = await connect();
  const { batch_id } = await server.call('memory_propose', {
    changes: [
      ...Array.from({ length: 12 }, () => ({ content: 'Releases are cut on Mondays', importance: 0.9 })),
      ...Array.from({ length: 9 }, (_, at) => ({ content: `Releases need approval number ${at}` })),
    ],
  });
  const { committed_ids } = await server.call('memory_commit', { batch_id });
  const seen: string[] = [];
  const sizes: number[] = [];
  for (let cursor: string | undefined, left = 1; left > 0; ) {
    const page = await server.call('search', { query: 'releases', limit: 5, ...(cursor && { cursor }) });
    sizes.push(page.hits.length);
    for (const { uri: own, also = [] } of page.hits) seen.push(own, ...also);
    cursor = page.next_cursor;
    left = page.more;
  }
  expect(seen.sort()).toEqual(committed_ids.map(uri).sort());
  expect(sizes).toEqual([5, 5]);
});

test('whoever asks for ids gets every one', async () => {
  await using server = await connect();
  await server.call('memory_propose', {
    commit: true,
    changes: [{ content: 'Twice' }, { content: 'twice.' }],
  });
  expect((await server.call('search', { query: 'twice', detail: 'ids' })).hits).toHaveLength(2);
});

test('what is active and what is only proposed are told apart', async () => {
  await using server = await connect();
  await server.call('memory_propose', { changes: [{ content: 'Said twice' }], commit: true });
  await server.call('memory_propose', { changes: [{ content: 'Said twice' }] });
  const { hits } = await server.call('search', { query: 'said', statuses: ['active', 'proposed'] });
  expect(hits.map(({ status = 'active' }: { status?: string }) => status).sort()).toEqual([
    'active',
    'proposed',
  ]);
});
