import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { remember } from '../support/remember.js';

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
