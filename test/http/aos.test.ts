import { expect, it } from 'vitest';
import { serveHttp } from '../support/http.js';

type Server = Awaited<ReturnType<typeof serveHttp>>;

const ask = async (server: Server, path: string, sending = {}) => {
  const { status, text } = await server.send(path, sending);
  return { status, body: JSON.parse(text) };
};

/** The requests of the AoS README, in its order, with no token, as it has none. */
it('a client of AoS boots, reads, updates, conflicts, proposes, commits and snapshots', async () => {
  await using server = await serveHttp({ httpAuth: 'none' });
  const boot = await ask(server, '/runs', {
    body: {
      objective: 'Research the history of AI',
      acceptance_criteria: ['Findings documented', 'Sources cited'],
      constraints: ['Use reliable sources'],
    },
  });
  expect(boot).toMatchObject({ status: 200, body: { status: 'BOOT' } });
  const run = `/runs/${boot.body.run_id}`;
  expect((await ask(server, run)).body).toMatchObject({
    _schema_version: '2.1',
    _update_seq: 0,
    run_id: boot.body.run_id,
    status: 'BOOT',
    objective: 'Research the history of AI',
  });
  const update = {
    method: 'PATCH',
    body: {
      patch: { status: 'BUSY', next_action: 'Start research', current_stage: 'RESEARCH' },
      expected_seq: 0,
    },
  };
  expect(await ask(server, run, update)).toMatchObject({
    status: 200,
    body: { ok: true, ws: { _update_seq: 1, status: 'BUSY', next_action: 'Start research' } },
  });
  expect((await ask(server, run, update)).status).toBe(409);
  expect((await ask(server, run)).body._update_seq).toBe(1);
  const mcr = {
    _schema_version: '2.1',
    op: 'add',
    type: 'fact',
    scope: 'global',
    content: 'AI was first proposed in 1956',
    confidence: 0.9,
    rationale: 'Historical fact',
    source_refs: [],
  };
  const proposed = await ask(server, `${run}/memory/propose`, { body: { mcrs: [mcr], scope_filters: {} } });
  expect(proposed).toMatchObject({ status: 200, body: { ok: true } });
  const { batch_id } = proposed.body;
  const committed = await ask(server, `${run}/memory/commit`, { body: { batch_id } });
  expect(committed).toMatchObject({ status: 200, body: { ok: true } });
  const [id] = committed.body.committed_ids;
  const { memory } = await server.engine.memories.read(id);
  expect(memory).toMatchObject({ content: mcr.content, graph_nodes: [], confidence: 0.9 });
  const snapshot = await ask(server, `${run}/snapshot`, { method: 'POST' });
  expect(snapshot).toMatchObject({ status: 200, body: { ok: true } });
  expect(snapshot.body.pack_path).toMatch(/^blob:\/\//);
  expect((await ask(server, '/health')).body.status).toBe('ok');
});

it('a user or project of AoS is a node, by default the one that the filters name', async () => {
  await using server = await serveHttp({ httpAuth: 'none' });
  const { run_id } = (await ask(server, '/runs', { body: { objective: 'Ship.', run_id: 'run-of-mine' } }))
    .body;
  const mcrs = [
    { op: 'add', scope: 'user', user_id: 'ada', content: 'Ada likes tabs in her code.' },
    { op: 'add', content: 'The atlas ships on Fridays.' },
    { op: 'noop', scope: 'global', content: 'Nothing.' },
  ];
  const body = { mcrs, scope_filters: { project_id: 'atlas' } };
  const { batch_id } = (await ask(server, '/runs/run-of-mine/memory/propose', { body })).body;
  const { committed_ids } = (await ask(server, `/runs/${run_id}/memory/commit`, { body: { batch_id } })).body;
  const nodes = await Promise.all(
    committed_ids.map(async (id: string) => (await server.engine.memories.read(id)).memory.graph_nodes),
  );
  expect(nodes).toEqual([['user:ada'], ['project:atlas']]);
});

it.each([
  ['/runs/run_none', {}, 404],
  ['/runs/run_none/snapshot', { method: 'POST' }, 404],
  ['/runs/run_none/memory/commit', { body: { batch_id: 'x' } }, 404],
  ['/runs', { body: {} }, 400],
  ['/runs/%E0%A4%A/snapshot', { method: 'POST' }, 404],
  ['/runs/run_none/delete', { method: 'POST' }, 404],
])('%s %j is %i', async (path, sending, expected) => {
  await using server = await serveHttp({ httpAuth: 'none' });
  expect((await ask(server, path, sending)).status).toBe(expected);
});

it('a token without the permission is refused', async () => {
  await using server = await serveHttp();
  const token = await server.token({ permissions: ['read'] });
  expect((await ask(server, '/runs', { token, body: { objective: 'Ship.' } })).status).toBe(403);
});
