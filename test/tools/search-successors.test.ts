import { expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

type Page = { hits: { uri: string }[]; next_cursor?: string };

it('shows no replaced memory above its successors, however badly they match among very many', async () => {
  await using server = await connect();
  const old = await remember(server, 'port port port', { importance: 1 });
  const filler = 'which takes a long sentence of many other words about harbours and ships '.repeat(3);
  const middle = await remember(server, `One port, ${filler}`, { op: 'supersede', supersedes: [old] });
  const last = await remember(server, `Our port, ${filler}${filler}`, {
    op: 'supersede',
    supersedes: [middle],
  });
  for (let from = 0; from < 450; from += 90) {
    const changes = Array.from({ length: 90 }, (_, n) => ({ content: `port port ${from + n}` }));
    const { batch_id } = await server.call('memory_propose', { changes });
    await server.call('memory_commit', { batch_id });
  }
  const search = { query: 'port', statuses: ['active', 'superseded'], detail: 'ids', limit: 100 };
  const uris: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page: Page = await server.call('search', {
      ...search,
      max_tokens: 25_000,
      ...(cursor && { cursor }),
    });
    uris.push(...page.hits.map(({ uri }) => uri));
    cursor = page.next_cursor;
    if (cursor === undefined) break;
  }
  expect([uris.length, new Set(uris).size]).toEqual([453, 453]);
  const places = [last, middle, old].map(id => uris.indexOf(`memory://${id}`));
  expect(places).toEqual([...places].sort((left, right) => left - right));
});
