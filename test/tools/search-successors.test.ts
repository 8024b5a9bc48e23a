import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

type Connected = Awaited<ReturnType<typeof connect>>;
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

describe('a memory that was replaced', () => {
  const weight = async (server: Connected) => {
    const old = await remember(server, 'Ada weighs 82 kilos.');
    const middle = await remember(server, 'Ada is at 80.', { op: 'supersede', supersedes: [old] });
    const now = await remember(server, 'Down to 78 by spring.', { op: 'supersede', supersedes: [middle] });
    for (const other of ['Bo weighs the parcels.', 'Ada met Bo.']) await remember(server, other);
    return { old, middle, now };
  };
  const found = async (server: Connected, more: Record<string, unknown> = {}): Promise<string[]> =>
    (await server.call('search', { query: 'how much does Ada weigh', ...more })).hits.map(
      ({ uri }: { uri: string }) => uri.replace('memory://', ''),
    );

  it('leads by its words to what replaced it, over any number of replacements, and does not show itself', async () => {
    await using server = await connect();
    const { old, middle, now } = await weight(server);
    const uris = await found(server);
    expect(uris[0]).toBe(now);
    expect(uris).toHaveLength(3);
    expect(uris).not.toContain(old);
    expect(uris).not.toContain(middle);
  });

  it('leads to what held at the time that is asked about', async () => {
    await using server = await connect();
    const { middle } = await weight(server);
    const { created_at } = (await server.call('fetch', { uri: `memory://${middle}` })).meta;
    expect((await found(server, { as_of: created_at }))[0]).toBe(middle);
  });

  it('leads to nothing that was retired, lies in another scope or is of a type that was not asked for', async () => {
    await using server = await connect();
    const { now } = await weight(server);
    expect(await found(server, { types: ['decision'] })).toEqual([]);
    expect(await found(server, { graph_nodes: ['project:other'] })).toEqual([]);
    await server.call('memory_forget', { ids: [now] });
    expect(await found(server)).not.toContain(now);
  });

  it('is found itself where replaced memories are asked for, behind what replaced it', async () => {
    await using server = await connect();
    const { old, now } = await weight(server);
    const uris = await found(server, { statuses: ['active', 'superseded'] });
    expect(uris).toContain(old);
    expect(uris.indexOf(now)).toBeLessThan(uris.indexOf(old));
  });
});
