import { describe, expect, it } from 'vitest';
import { connect } from '../support/connect.js';
import { databasePath, remember } from '../support/remember.js';

type Server = Awaited<ReturnType<typeof connect>>;

const THEIRS = { graph_nodes: ['repo:other/app'] };

async function review(server: Server): Promise<string> {
  const { messages } = await server.client.getPrompt({ name: 'review' });
  const content = messages[0]?.content;
  return content && 'text' in content && typeof content.text === 'string' ? content.text : '';
}

const propose = async (server: Server, ...changes: object[]): Promise<string> =>
  (await server.call('memory_propose', { changes })).batch_id;

describe('what another project stored', () => {
  it('is not shown by the review prompt, until its own project or a person at the command line asks', async () => {
    const db = databasePath();
    await using server = await connect({ db });
    const theirs = await propose(server, { content: 'Zebra of theirs.', ...THEIRS });
    expect(await review(server)).toContain('No batch waits');
    const ours = await propose(server, { content: 'Apple of ours.' });
    const everybodys = await propose(server, { content: 'Tabs.', type: 'preference' });
    const text = await review(server);
    expect(text).toContain(ours);
    expect(text).toContain(everybodys);
    expect(text).not.toMatch(new RegExp(`${theirs}|Zebra|repo:other`));
    const home = { nodes: THEIRS.graph_nodes, aliases: [] };
    await using other = await connect({ db, home, sources: server.sources });
    expect(await review(other)).toContain('Zebra of theirs.');
    expect(await server.engine.memories.pending()).toHaveLength(3);
  });

  it('leaves the page of the review prompt to the home, however many batches wait elsewhere', async () => {
    await using server = await connect();
    for (let n = 0; n < 101; n++) await propose(server, { content: `Zebra ${n}.`, ...THEIRS });
    const ours = await propose(server, { content: 'Apple of ours.' });
    expect(await review(server)).toContain(ours);
  });

  it('keeps its text back in a batch of both', async () => {
    await using server = await connect();
    const batch = await propose(
      server,
      { content: 'Apple of ours.' },
      { content: 'Zebra of theirs.', ...THEIRS },
    );
    const text = await review(server);
    expect(text).toContain('Apple of ours.');
    expect(text).not.toContain('Zebra');
    expect(text).toMatch(new RegExp(`${batch}[^]*- add memory://mem_\\w+ of another scope`));
  });

  it('is reviewed where it would retire or replace something', async () => {
    await using server = await connect();
    const ours = await remember(server, 'The port is 80.');
    const theirs = await remember(server, 'Zebra.', THEIRS);
    const retire = await propose(server, { op: 'deprecate', target_id: ours });
    const replace = await propose(server, {
      op: 'supersede',
      supersedes: [ours],
      content: 'Okapi.',
      ...THEIRS,
    });
    const elsewhere = await propose(server, { op: 'deprecate', target_id: theirs });
    const nothing = await propose(server, { op: 'noop' });
    const text = await review(server);
    for (const id of [retire, replace, nothing]) expect(text).toContain(id);
    expect(text).not.toContain('Okapi');
    expect(text).not.toContain(elsewhere);
  });

  it('is not counted by status', async () => {
    await using server = await connect();
    await remember(server, 'Zebra.', THEIRS);
    await propose(server, { content: 'Okapi.', ...THEIRS });
    await remember(server, 'Apple.');
    await remember(server, 'Tabs.', { type: 'preference' });
    const { counts, backlog, warnings, scope } = await server.call('status');
    expect(counts).toEqual({ active_memories: 2, events: expect.any(Number) });
    expect([backlog.pending_batches, warnings, scope]).toEqual([0, [], 'repo:acme/app + global']);
  });

  it('is not offered when an id is completed', async () => {
    await using server = await connect();
    await remember(server, 'Zebra.', THEIRS);
    const ours = await remember(server, 'Apple.');
    const ref = { type: 'ref/resource', uri: 'memory://{id}' } as const;
    const { completion } = await server.client.complete({ ref, argument: { name: 'id', value: 'mem_' } });
    expect(completion.values).toEqual([ours]);
  });

  it('is read by whoever names its id', async () => {
    await using server = await connect();
    const uri = `memory://${await remember(server, 'Zebra.', THEIRS)}`;
    expect(await server.call('fetch', { uri })).toMatchObject({ text: 'Zebra.', scope: 'repo:other/app' });
    expect((await server.client.readResource({ uri })).contents).toHaveLength(1);
  });
});
