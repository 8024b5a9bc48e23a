import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Place } from './command-line.js';

const memories = [
  { content: 'Ada prefers tabs', type: 'preference', importance: 0.9 },
  {
    content: 'Deploys happen on Mondays\u2028and never later',
    graph_nodes: ['repo:acme/app'],
    tags: ['ops'],
    rationale: 'The team agreed',
    valid_from: '2026-01-01',
  },
  {
    content: 'Everything is in UTC',
    global: true,
    type: 'invariant',
    confidence: 1,
    source_refs: ['docs/time.md'],
  },
] as const;

const proposals = () =>
  memories.map(memory => ({
    ...memory,
    graph_nodes: 'graph_nodes' in memory ? [...memory.graph_nodes] : undefined,
    tags: 'tags' in memory ? [...memory.tags] : undefined,
    source_refs: 'source_refs' in memory ? [...memory.source_refs] : undefined,
  }));

async function exported(place: Place): Promise<string> {
  const file = place.file('memories.jsonl');
  await place.run('export', '--out', file, '--force');
  return file;
}

const bodies = (file: string) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map(line => {
      const { id, created_at, committed_at, sha256, trust, ...body } = JSON.parse(line);
      return { body, trust };
    });

test('what is exported comes back by import, with trust import and all else the same', async () => {
  using here = new Place();
  using there = new Place();
  await here.propose(proposals());
  const file = await exported(here);
  const { code, out } = await there.run('import', file, '--json');
  expect(JSON.parse(out)).toMatchObject({
    imported: 3,
    duplicates: 0,
    history: 0,
    format: 'mintmark.memories',
  });
  expect(code).toBe(0);
  const back = bodies(await exported(there));
  expect(back.map(({ body }) => body)).toEqual(bodies(file).map(({ body }) => body));
  expect(new Set(back.map(({ trust }) => trust))).toEqual(new Set(['import']));
  expect((await there.run('doctor', '--deep')).code).toBe(0);
});

test('importing the same file again adds nothing', async () => {
  using place = new Place();
  await place.propose(proposals());
  const { out } = await place.run('import', await exported(place), '--json');
  expect(JSON.parse(out)).toMatchObject({ imported: 0, duplicates: 3 });
});

test('an export holds history and leaves out what was never committed', async () => {
  using here = new Place();
  using there = new Place();
  const {
    committed_ids: [old = ''],
  } = await here.propose([{ content: 'The port is 8080' }]);
  await here.propose([{ op: 'supersede', supersedes: [old], content: 'The port is 9090' }]);
  await here.propose([{ content: 'A mere guess' }], { commit: false });
  const file = await exported(here);
  expect(bodies(file).map(({ body }) => body.status)).toEqual(['superseded', 'active']);
  const { out } = await there.run('import', file, '--json');
  expect(JSON.parse(out)).toMatchObject({ imported: 1, history: 1, superseded: 0 });
});

test('what replaced a memory there replaces the same memory here', async () => {
  using here = new Place();
  using there = new Place();
  const {
    committed_ids: [first = ''],
  } = await here.propose([{ content: 'The port is 8080' }]);
  await there.run('import', await exported(here));
  const {
    committed_ids: [second = ''],
  } = await here.propose([{ op: 'supersede', supersedes: [first], content: 'The port is 9090' }]);
  await here.propose([{ op: 'supersede', supersedes: [second], content: 'The port is 7070' }]);
  const { out } = await there.run('import', await exported(here), '--json');
  expect(JSON.parse(out)).toMatchObject({ imported: 1, superseded: 1, history: 2 });
  expect(bodies(await exported(there)).map(({ body }) => [body.content, body.status])).toEqual([
    ['The port is 8080', 'superseded'],
    ['The port is 7070', 'active'],
  ]);
});

test.each([
  ['an altered line', 3, (line: string) => line.replace('Mondays', 'Sundays'), 'altered'],
  ['a line cut off', 4, (line: string) => line.slice(0, 40), 'not JSON'],
  [
    'a line without content',
    2,
    (line: string) => JSON.stringify({ ...JSON.parse(line), content: undefined }),
    'content',
  ],
  ['another version', 1, (line: string) => line.replace('"version":1', '"version":2'), 'version 2'],
  ['another kind of file', 1, () => '{"hello":"world"}', 'neither'],
])('%s is refused by number and imports nothing', async (_what, number, change, problem) => {
  using here = new Place();
  using there = new Place();
  await here.propose(proposals());
  const file = await exported(here);
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map((line, index) => (index + 1 === number ? change(line) : line));
  writeFileSync(file, lines.join('\n'));
  const { code, err } = await there.run('import', file);
  expect(err).toContain(`line ${number}: `);
  expect(err).toContain(problem);
  expect(code).toBe(1);
  expect(bodies(await exported(there))).toEqual([]);
});

test('an empty file, a missing one and one that is no text are refused', async () => {
  using place = new Place();
  writeFileSync(place.file('empty'), '');
  writeFileSync(place.file('bytes'), Buffer.from([0xff, 0xfe, 0x00]));
  for (const [name, problem] of [
    ['empty', 'empty'],
    ['bytes', 'UTF-8'],
    ['missing', 'not_found'],
  ] as const) {
    const { code, err } = await place.run('import', place.file(name));
    expect(err).toContain(problem);
    expect(code).toBe(1);
  }
});

test('the file of server-memory becomes facts about its entities', async () => {
  using place = new Place();
  const lines = [
    {
      type: 'entity',
      name: 'Ada',
      entityType: 'person',
      observations: ['writes TypeScript', 'lives in Turin', 'writes TypeScript'],
    },
    { type: 'entity', name: 'Atlas', entityType: 'project', observations: [] },
    { type: 'relation', from: 'Ada', to: 'Atlas', relationType: 'leads' },
  ];
  const file = place.file('memory.jsonl');
  writeFileSync(file, lines.map(line => JSON.stringify(line)).join('\n'));
  const { out } = await place.run('import', file, '--json');
  expect(JSON.parse(out)).toMatchObject({ format: 'server-memory', imported: 4, duplicates: 1 });
  expect(
    bodies(await exported(place)).map(({ body, trust }) => [
      body.content,
      body.graph_nodes,
      body.tags,
      trust,
    ]),
  ).toEqual([
    ['Ada: writes TypeScript', ['entity:Ada', 'inbox:'], ['person'], 'import'],
    ['Ada: lives in Turin', ['entity:Ada', 'inbox:'], ['person'], 'import'],
    ['Atlas: project', ['entity:Atlas', 'inbox:'], ['project'], 'import'],
    ['Ada leads Atlas', ['entity:Ada', 'entity:Atlas', 'inbox:'], [], 'import'],
  ]);
});

test('a bad line of a server-memory file imports nothing', async () => {
  using place = new Place();
  const file = place.file('memory.jsonl');
  writeFileSync(
    file,
    '{"type":"entity","name":"Ada","entityType":"person","observations":["x"]}\n{"type":"relation","from":"Ada"}\n',
  );
  const { code, err } = await place.run('import', file);
  expect(err).toContain('line 2: ');
  expect(code).toBe(1);
  expect(bodies(await exported(place))).toEqual([]);
});

test('export never replaces a file without --force, and never the database', async () => {
  using place = new Place();
  await place.propose(proposals());
  writeFileSync(place.file('taken'), 'mine');
  const refused = await place.run('export', '--out', place.file('taken'));
  expect(refused.code).toBe(1);
  expect(readFileSync(place.file('taken'), 'utf8')).toBe('mine');
  const own = await place.run('export', '--out', place.db, '--force');
  expect(own.err).toContain('forbidden');
  const missing = await place.run('export', '--out', place.file('no/such/folder'));
  expect(missing.err).toContain('io_error');
  expect((await place.run('doctor')).code).toBe(0);
  expect(existsSync(place.file('no'))).toBe(false);
});

test('export without --out writes the lines to the standard output', async () => {
  using place = new Place();
  await place.propose(proposals());
  const { out } = await place.run('export');
  const [header, ...lines] = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  expect(header).toMatchObject({ format: 'mintmark.memories', version: 1, namespace: 'default' });
  expect(lines.map(line => line.content)).toEqual(memories.map(memory => memory.content));
});
