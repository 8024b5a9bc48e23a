import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { databasePath, remember } from '../support/remember.js';
import { tokensOf } from '../support/tokens.js';

const add = (content: string, fields = {}) => ({ changes: [{ content, ...fields }], commit: true });

describe('look-alikes of a proposal', () => {
  it('are reported and stored all the same', async () => {
    await using server = await connect();
    const id = await remember(server, 'We deploy with Kamal.');
    const reply = await server.call('memory_propose', add('we  deploy with kamal'));
    expect(reply).toMatchObject({
      status: 'committed',
      changes: [{ lookalikes: [{ uri: `memory://${id}`, similarity: 1 }] }],
    });
  });

  it('of the same words are named with the call that ends it, where both are committed now', async () => {
    await using server = await connect();
    const id = await remember(server, 'We deploy with Kamal.');
    const reply = await server.call('memory_propose', add('we  deploy with kamal'));
    const [copy] = reply.committed_ids;
    expect(reply.note).toBe(
      `${copy} has the same words as memory://${id}. If one is too many, call memory_forget with its id.`,
    );
    await server.call('memory_forget', { ids: [copy] });
    const { hits } = await server.call('search', { query: 'kamal' });
    expect(hits).toHaveLength(1);
    expect(hits[0]).not.toHaveProperty('also');
    const waiting = await server.call('memory_propose', { changes: [{ content: 'We deploy with Kamal.' }] });
    expect(waiting).not.toHaveProperty('note');
    const like = await server.call('memory_propose', add('We deploy with Kamal and Docker.'));
    expect(like).not.toHaveProperty('note');
  });

  it('of the same words are named thrice at most', async () => {
    await using server = await connect();
    const contents = ['Zebras graze.', 'Lions sleep.', 'Geese fly.', 'Whales dive.', 'Moles dig.'];
    const changes = contents.map(content => ({ content }));
    await server.call('memory_propose', { changes, commit: true });
    const { note } = await server.call('memory_propose', { changes, commit: true });
    expect(note.match(/the same words/g)).toHaveLength(3);
    expect(note).toContain('2 more do so.');
  });

  it('are looked for under the earlier name of the home too', async () => {
    const db = databasePath();
    await using server = await connect({ db, home: { nodes: ['repo:app-1a2b'], aliases: [] } });
    const id = await remember(server, 'The API server listens on port 8080.');
    const home = { nodes: ['repo:acme/app'], aliases: ['repo:app-1a2b'] };
    await using later = await connect({ db, home, sources: server.sources });
    const alike = await later.call('memory_propose', {
      changes: [{ content: 'the API server listens on port 8080' }],
    });
    expect(alike.changes[0].lookalikes).toMatchObject([{ uri: `memory://${id}`, similarity: 1 }]);
    const reply = await later.call('memory_propose', add('The API server listens on port 9090.'));
    expect(reply.status).toBe('needs_review');
    const changes = [{ content: 'The API server listens on port 8080.' }];
    expect(await later.engine.memories.known(changes)).toMatchObject([{ id }]);
    const elsewhere = add('The API server listens on port 9090.', { graph_nodes: ['project:x'] });
    expect((await later.call('memory_propose', elsewhere)).status).toBe('committed');
  });

  it('are not looked for in another project', async () => {
    await using server = await connect();
    await remember(server, 'We deploy with Kamal.', { graph_nodes: ['repo:other/app'] });
    const reply = await server.call('memory_propose', add('We deploy with Kamal.'));
    expect(reply.changes).toMatchObject([{ lookalikes: [], contradictions: [] }]);
  });

  it('do not include what is being replaced', async () => {
    await using server = await connect();
    const id = await remember(server, 'The server listens on port 80.');
    const changes = [{ op: 'supersede', content: 'The server listens on port 443.', supersedes: [id] }];
    const reply = await server.call('memory_propose', { changes, commit: true });
    expect(reply).toMatchObject({ status: 'committed', changes: [{ lookalikes: [], contradictions: [] }] });
  });

  it.each([
    ['retires', (id: string) => ({ op: 'deprecate', target_id: id })],
    ['replaces', (id: string) => ({ op: 'supersede', supersedes: [id], content: 'Zebras graze.' })],
  ])('do not include what another change of the batch %s', async (_, leave) => {
    await using server = await connect();
    const id = await remember(server, 'The server listens on port 80.');
    const changes = [{ content: 'The server listens on port 443.' }, leave(id)];
    const reply = await server.call('memory_propose', { changes, commit: true });
    expect(reply.changes[0]).toMatchObject({ lookalikes: [], contradictions: [] });
    expect(reply.status).toBe('committed');
  });
});

describe('contradictions of a proposal', () => {
  it.each([
    ['a number', 'The API server listens on port 8080.', 'The API server listens on port 9090.'],
    [
      'a negation',
      'The billing service retries failed payments.',
      'The billing service never retries failed payments.',
    ],
    [
      'a name',
      'The production database is hosted on Hetzner.',
      'The production database is hosted on Linode.',
    ],
  ])('in %s hold back a one-call commit until a second call', async (_, known, said) => {
    await using server = await connect();
    const id = await remember(server, known);
    const reply = await server.call('memory_propose', add(said));
    expect(reply).toMatchObject({
      status: 'needs_review',
      changes: [{ contradictions: [{ uri: `memory://${id}` }] }],
    });
    const decided = await server.call('memory_commit', { batch_id: reply.batch_id });
    expect(decided).toMatchObject({ status: 'committed', committed_ids: [reply.changes[0].memory_id] });
  });

  it('are decided by superseding what is contradicted: nothing is left to review', async () => {
    await using server = await connect();
    const id = await remember(server, 'The API server listens on port 8080.');
    const held = await server.call('memory_propose', add('The API server listens on port 9090.'));
    expect(held.review).toContain('op supersede');
    const changes = [{ op: 'supersede', content: 'The API server listens on port 9090', supersedes: [id] }];
    const reply = await server.call('memory_propose', { changes, commit: true });
    expect(reply).toMatchObject({ status: 'committed', note: expect.stringContaining(held.batch_id) });
    expect((await server.call('load_by_scope')).pending_batches).toBe(0);
    await expect(server.call('memory_commit', { batch_id: held.batch_id })).rejects.toThrow(/was rejected/);
    expect(await server.engine.verify({ deep: true })).toMatchObject({ healthy: true });
  });

  it('are decided with all that was proposed beside them', async () => {
    await using server = await connect();
    const id = await remember(server, 'The API server listens on port 8080.');
    const [old, older] = [await remember(server, 'Ships sail.'), await remember(server, 'Kites fly.')];
    const beside = [
      { content: 'Zebras graze.' },
      { op: 'deprecate', target_id: old },
      { op: 'supersede', supersedes: [older], content: 'Kites fly high.' },
    ];
    const said = { content: 'The API server listens on port 9090.' };
    const held = await server.call('memory_propose', { changes: [said, ...beside], commit: true });
    const changes = [{ ...said, op: 'supersede', supersedes: [id] }, ...beside];
    const reply = await server.call('memory_propose', { changes, commit: true });
    expect(reply).toMatchObject({ status: 'committed', note: expect.stringContaining(held.batch_id) });
    expect(reply.note).not.toContain('same words');
    expect((await server.call('load_by_scope')).pending_batches).toBe(0);
    expect(await server.engine.verify({ deep: true })).toMatchObject({ healthy: true });
  });

  it.each([
    ['says more', [{ content: 'The API server listens on port 9090.' }, { content: 'Zebras graze.' }]],
    ['is of another type', [{ content: 'The API server listens on port 9090.', type: 'decision' }]],
    ['is of another project', [{ content: 'The API server listens on port 9090.', graph_nodes: ['repo:b'] }]],
    [
      'has a person to decide it',
      [{ content: 'The API server listens on port 9090.', source_refs: ['https://example.com'] }],
    ],
  ])('are not decided for a batch that %s', async (_, waiting) => {
    await using server = await connect();
    const id = await remember(server, 'The API server listens on port 8080.');
    const { batch_id } = await server.call('memory_propose', { changes: waiting });
    const changes = [{ op: 'supersede', content: 'The API server listens on port 9090.', supersedes: [id] }];
    const reply = await server.call('memory_propose', { changes, commit: true });
    expect(reply.status).toBe('committed');
    expect(reply).not.toHaveProperty('note');
    const { hits } = await server.call('search', { query: '', statuses: ['proposed'], all: true });
    expect(hits.map((hit: { batch_id: string }) => hit.batch_id)).toContain(batch_id);
  });

  it('are not seen with what holds at other times', async () => {
    await using server = await connect();
    await remember(server, 'The office is on floor 3.', { valid_to: '2026-02-01' });
    const next = add('The office is on floor 4.', { valid_from: '2026-02-01', valid_to: '2026-03-01' });
    expect((await server.call('memory_propose', next)).status).toBe('committed');
    const both = add('The office is on floor 5.', { valid_from: '2026-01-31' });
    expect((await server.call('memory_propose', both)).changes[0].contradictions).toHaveLength(2);
  });

  it.each([
    ['tickets', 'Fixed #123 in the parser.', 'Fixed #124 in the parser.'],
    ['files', '`src/config/load.ts` has 2 bugs.', '`src/config/save.ts` has 3 bugs.'],
    ['days of a report', 'Deployed to production on 2026-01-10.', 'Deployed to production on 2026-01-17.'],
  ])('are not seen between what is said of two %s', async (_, known, said) => {
    await using server = await connect();
    await remember(server, known);
    const reply = await server.call('memory_propose', add(said));
    expect(reply).toMatchObject({ status: 'committed', changes: [{ contradictions: [] }] });
  });

  it('are not seen between types, nor with what is no longer active', async () => {
    await using server = await connect();
    const id = await remember(server, 'The API server listens on port 8080.', { type: 'fact' });
    const other = await server.call(
      'memory_propose',
      add('The API server listens on port 9090.', { type: 'decision' }),
    );
    expect(other.status).toBe('committed');
    await server.call('memory_forget', { ids: [id, ...other.committed_ids] });
    expect((await server.call('memory_propose', add('The API server listens on port 7070.'))).status).toBe(
      'committed',
    );
  });
});

describe('the changes of one batch', () => {
  const both = (first: string, second: string) => ({
    changes: [{ content: first }, { content: second }],
    commit: true,
  });

  it('are compared with each other', async () => {
    await using server = await connect();
    const reply = await server.call('memory_propose', both('We deploy with Kamal.', 'we deploy with KAMAL'));
    const [first] = reply.changes;
    expect(reply.changes).toMatchObject([
      { lookalikes: [] },
      { lookalikes: [{ uri: `memory://${first.memory_id}`, similarity: 1 }] },
    ]);
  });

  it('are held back when they contradict each other', async () => {
    await using server = await connect();
    const reply = await server.call(
      'memory_propose',
      both('The API server listens on port 8080.', 'The API server listens on port 9090.'),
    );
    expect(reply).toMatchObject({ status: 'needs_review', committed_ids: [] });
    expect(reply.changes[1].contradictions).toMatchObject([{ differs: expect.stringContaining('9090') }]);
  });

  it('are not compared between projects', async () => {
    await using server = await connect();
    const changes = ['repo:one', 'repo:two'].map(node => ({
      content: 'We deploy with Kamal.',
      graph_nodes: [node],
    }));
    const reply = await server.call('memory_propose', { changes });
    expect(reply.changes).toMatchObject([{ lookalikes: [] }, { lookalikes: [] }]);
  });
});

describe('a reply about many that resemble each other', () => {
  it('stays short, shows contradictions first and says how many it left out', async () => {
    await using server = await connect();
    const content = (region: number) =>
      `A deployment to region ${region} needs a signed release note, a rollback plan, a smoke test in staging and somebody on call.`;
    const changes = Array.from({ length: 100 }, (_, n) => ({ content: content(n) }));
    const reply = await server.call('memory_propose', { changes, commit: true });
    expect(reply.status).toBe('needs_review');
    expect(tokensOf(JSON.stringify(reply))).toBeLessThanOrEqual(20_000);
    expect(JSON.stringify(reply).length).toBeLessThanOrEqual(50_000);
    expect(reply.changes[1].contradictions).toHaveLength(1);
    const shown = reply.changes.flatMap((one: typeof reply) => [...one.contradictions, ...one.lookalikes]);
    const left = Number(/Left out, to keep this short: (\d+)/.exec(reply.note)?.[1]);
    expect(shown.length).toBeGreaterThan(10);
    expect(left).toBeGreaterThan(0);
    const few = await server.call('memory_propose', { changes: [{ content: content(200) }] });
    expect(few).not.toHaveProperty('note');
  });
});
