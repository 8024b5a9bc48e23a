import { existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { Place } from './command-line.js';

function write(place: Place, name: string, content: unknown): string {
  const file = place.file(name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

async function imported(place: Place, ...args: readonly string[]) {
  const { code, out, err } = await place.run('import', ...args, '--json');
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out);
}

/** What the place holds, as an export tells it. */
async function held(place: Place) {
  const { out } = await place.run('export');
  const [, ...lines] = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  return lines;
}

/** Outside of a work tree a file is named by its whole path. */
const sourceIn = (place: Place, name: string) => realpathSync(place.file(name));

const contents = async (place: Place) => (await held(place)).map(({ content }) => content);

const CLAUDE = `# CLAUDE.md

@AGENTS.md

## Commands
Before you push:

- run \`npm test\`
- update the docs
  - also the changelog

## Release
1. Build it

   \`\`\`sh
   # no heading
   npm run build
   \`\`\`
2. Tag it

<!-- nobody
sees this -->
---
Deploys happen on Fridays,
never later.
`;

test('a CLAUDE.md becomes statements that stand alone, each under its headings', async () => {
  using place = new Place();
  const file = write(place, 'CLAUDE.md', CLAUDE);
  expect(await imported(place, file)).toMatchObject({ format: 'markdown', imported: 4, duplicates: 0 });
  expect(await contents(place)).toEqual([
    'Commands > Before you push: run `npm test`',
    'Commands > Before you push: update the docs\n  - also the changelog',
    'Release: 1. Build it\n\n   ```sh\n   # no heading\n   npm run build\n   ```\n2. Tag it',
    'Release: Deploys happen on Fridays,\nnever later.',
  ]);
  const [first] = await held(place);
  expect(first).toMatchObject({
    trust: 'import',
    source_refs: [sourceIn(place, 'CLAUDE.md')],
    graph_nodes: ['inbox:'],
  });
});

test('headings that are underlined, tables, quotes and code are told apart as Markdown does', async () => {
  using place = new Place();
  const table = '| port | of |\n|---|---|\n| 8080 | web |';
  const file = write(
    place,
    'AGENTS.md',
    `Ports\n=====\n\n${table}\n\nTests\n---\n> Run them\n> all.\n\nLike this:\n\n    npm test -- <!-- kept -->\n`,
  );
  await imported(place, file);
  expect(await contents(place)).toEqual([
    `Ports: ${table}`,
    'Ports > Tests: > Run them\n> all.',
    'Ports > Tests: Like this:\n\nnpm test -- <!-- kept -->',
  ]);
});

test('importing a Markdown file again adds only what was written since', async () => {
  using place = new Place();
  const file = write(place, 'CLAUDE.md', CLAUDE);
  await imported(place, file);
  write(place, 'CLAUDE.md', `${CLAUDE}\nThe port is 8080.\n`);
  expect(await imported(place, file)).toMatchObject({ imported: 1, duplicates: 4 });
});

test('a folder of notes is read whole, but for what is hidden, installed or no Markdown', async () => {
  using place = new Place();
  write(place, 'bank/activeContext.md', '# Active Context\n\nThe webhook is next.\n');
  write(place, 'bank/notes/db-choice.md', 'We use PostgreSQL.\r\n');
  write(place, 'bank/brew.md', '---\ntitle: "Coffee"\ntags: [x]\n---\n- [method] Pour over #brewing\n');
  write(place, 'bank/.git/hidden.md', 'Hidden.');
  write(place, 'bank/node_modules/a/README.md', 'Installed.');
  write(place, 'bank/data.csv', 'a,b');
  expect(await imported(place, place.file('bank'))).toMatchObject({ format: 'markdown', imported: 3 });
  expect((await held(place)).map(({ content, source_refs }) => [content, source_refs])).toEqual([
    ['Active Context: The webhook is next.', [sourceIn(place, 'bank/activeContext.md')]],
    ['Coffee: [method] Pour over #brewing', [sourceIn(place, 'bank/brew.md')]],
    ['db choice: We use PostgreSQL.', [sourceIn(place, 'bank/notes/db-choice.md')]],
  ]);
});

test('a dry run shows what would be added and adds nothing', async () => {
  using place = new Place();
  const file = write(place, 'rules.txt', 'Never force-push.\n\nAsk before deleting.\n');
  const { out } = await place.run('import', file, '--dry-run');
  expect(out).toBe(
    `fact: rules: Never force-push.\nfact: rules: Ask before deleting.\n2 memories would be imported from ${file} (markdown), 0 are known already\n`,
  );
  expect(await contents(place)).toEqual([]);
});

test('a dry run leaves no database file where there was none', async () => {
  using place = new Place();
  const file = write(place, 'rules.md', 'Never force-push.\n');
  const { out } = await place.run('import', file, '--dry-run');
  expect(out).toContain('1 memories would be imported');
  expect(existsSync(place.db)).toBe(false);
});

test('what holds everywhere is imported as global', async () => {
  using place = new Place();
  await imported(place, write(place, 'CLAUDE.md', 'Answer in English.'), '--global');
  expect(await held(place)).toMatchObject([{ content: 'Answer in English.', graph_nodes: [] }]);
});

test.each([
  [
    'mem0',
    { results: [{ id: '1', memory: 'Likes tea', user_id: 'ada', categories: ['food'] }] },
    'Likes tea',
    ['food'],
  ],
  ['a bare list', [{ memory: 'Likes tea', metadata: null }], 'Likes tea', []],
  [
    'memory-keeper',
    { contextItems: [{ key: 'db', value: 'PostgreSQL 16', category: 'note' }] },
    'db: PostgreSQL 16',
    ['note'],
  ],
  [
    'mcp-memory-service',
    { memories: [{ content: 'Likes tea', tags: 'food, drink' }] },
    'Likes tea',
    ['drink', 'food'],
  ],
  ['Letta', { blocks: [{ label: 'human', value: 'Is Ada.' }] }, 'human: Is Ada.', []],
  ['Graphiti', { edges: [{ name: 'LIKES', fact: 'Ada likes tea' }] }, 'Ada likes tea', []],
] as const)('an export of %s is imported', async (_who, document, content, tags) => {
  using place = new Place();
  const file = write(place, 'export.json', JSON.stringify(document, null, 2));
  expect(await imported(place, file)).toMatchObject({ format: 'memories', imported: 1 });
  expect(await held(place)).toMatchObject([{ content, tags, trust: 'import' }]);
  expect(await imported(place, file)).toMatchObject({ imported: 0, duplicates: 1 });
});

test.each([
  ['a mem0 export', '{"results":[]}'],
  ['a list', '[]'],
  ['a graph', '{"entities":[],"relations":[]}'],
  ['a Markdown text', '<!-- nothing -->'],
])('%s that holds nothing says so', async (_what, content) => {
  using place = new Place();
  const file = write(place, 'export.json', content);
  for (const flags of [[], ['--dry-run']]) {
    const { code, out } = await place.run('import', file, ...flags);
    expect(out).toMatch(/^nothing to import: .*export\.json \(.*\) holds no memory\n/);
    expect(code).toBe(0);
  }
});

test("what server-memory's read_graph answers is imported as its file is", async () => {
  using place = new Place();
  const graph = {
    entities: [{ name: 'Ada', entityType: 'person', observations: ['likes tea'] }],
    relations: [{ from: 'Ada', to: 'Acme', relationType: 'works at' }],
  };
  const file = write(place, 'graph.json', JSON.stringify(graph, null, 2));
  expect(await imported(place, file)).toMatchObject({ format: 'server-memory', imported: 2 });
  const lines = [
    ...graph.entities.map(entity => ({ type: 'entity', ...entity })),
    ...graph.relations.map(relation => ({ type: 'relation', ...relation })),
  ];
  const same = write(place, 'memory.json', lines.map(line => JSON.stringify(line)).join('\n'));
  expect(await imported(place, same)).toMatchObject({ imported: 0, duplicates: 2 });
});

test('who and when an export tells of is kept, and what was deleted there stays out', async () => {
  using place = new Place();
  const lines = [
    { memory: 'Likes tea', user_id: 'ada', created_at: '2025-03-01T10:00:00Z', type: 'preference' },
    { memory: 'Ada works at Acme', valid_at: '2024-01-01', invalid_at: '2030-01-01' },
    { memory: 'Recorded by number', created_at: 1740823200.5 },
    { memory: 'Archived', state: 'archived' },
    { memory: 'Replaced', expired_at: '2025-01-01' },
  ];
  const file = write(place, 'memories.jsonl', `${lines.map(line => JSON.stringify(line)).join('\n')}\n`);
  expect(await imported(place, file)).toMatchObject({ imported: 3, history: 2 });
  expect(await held(place)).toMatchObject([
    { type: 'preference', graph_nodes: ['inbox:', 'user:ada'], valid_from: '2025-03-01T10:00:00.000Z' },
    { valid_from: '2024-01-01T00:00:00.000Z', valid_to: '2030-01-01T00:00:00.000Z' },
    { valid_from: '2025-03-01T10:00:00.500Z' },
  ]);
});

test('a text too long for one memory becomes several, and not a word is lost', async () => {
  using place = new Place();
  const words = Array.from({ length: 3000 }, (_, index) => `word${index}`);
  await imported(place, write(place, 'export.json', [{ memory: words.join(' ') }]));
  const [one = '', two = '', ...rest] = (await contents(place)).sort((a, b) => b.length - a.length);
  const all = [one, two, ...rest].flatMap(content => content.split(' '));
  expect(new Set(all)).toEqual(new Set(words));
});

test.each([
  ['an entry without a text', [{ memory: 'Fine' }, { id: 2 }], 'entry 2: it has no text'],
  ['a line without a text', '{"memory":"Fine"}\n\n{"id":2}\n', 'line 3: it has no text'],
  ['a line cut off', '{"memory":"Fine"}\n{"mem', 'line 2: it is not JSON'],
  ['a text that cannot be stored', [{ memory: 'Fine' }, { memory: 'a\u0000b' }], 'entry 2: '],
])('%s is named and nothing is imported', async (_what, content, problem) => {
  using place = new Place();
  const { code, err } = await place.run('import', write(place, 'export.json', content));
  expect(err).toContain(problem);
  expect(code).toBe(1);
  expect(await contents(place)).toEqual([]);
});

test('a folder without Markdown, and --global for memories that have a scope, are refused', async () => {
  using place = new Place();
  mkdirSync(place.file('empty'));
  expect((await place.run('import', place.file('empty'))).err).toContain('no Markdown file below');
  await place.propose([{ content: 'Here only' }]);
  await place.run('export', '--out', place.file('memories.jsonl'));
  const { code, err } = await place.run('import', place.file('memories.jsonl'), '--global');
  expect(err).toContain('a scope of its own');
  expect(code).toBe(1);
});

test('what a file says no more is told when it is imported again, and retired when that is asked for', async () => {
  using place = new Place();
  const file = write(place, 'CLAUDE.md', '- Tabs.\n- No deploys on Fridays.\n- Elsewhere.\n');
  write(place, 'NOTES.md', '- Tea at four.\n');
  await imported(place, file);
  await imported(place, file, '--global');
  await imported(place, place.file('NOTES.md'));
  write(place, 'CLAUDE.md', '- Spaces.\n- No deploys on Fridays.\n- Elsewhere.\n');
  const told = await imported(place, file, '--dry-run');
  expect(told).toMatchObject({
    memories: [{ content: 'Spaces.' }],
    gone: [{ content: 'Tabs.' }],
    duplicates: 2,
  });
  expect(await imported(place, file)).toMatchObject({ imported: 1, retired: 0, gone: told.gone });
  expect((await place.run('import', file)).out).toContain('! 1 it says no more');
  expect(await imported(place, file, '--retire')).toMatchObject({ imported: 0, retired: 1, gone: told.gone });
  expect(await imported(place, file, '--retire')).toMatchObject({ imported: 0, retired: 0, gone: [] });
  const everywhere = await imported(place, file, '--global', '--dry-run');
  expect(everywhere).toMatchObject({ gone: [{ content: 'Tabs.' }] });
  const statuses = (await held(place)).map(
    ({ content, status, graph_nodes }) => `${content} ${status} in ${graph_nodes.join() || 'every project'}`,
  );
  expect(statuses.toSorted()).toEqual([
    'Elsewhere. active in every project',
    'Elsewhere. active in inbox:',
    'No deploys on Fridays. active in every project',
    'No deploys on Fridays. active in inbox:',
    'Spaces. active in inbox:',
    'Tabs. active in every project',
    'Tabs. deprecated in inbox:',
    'Tea at four. active in inbox:',
  ]);
});

test('what a file said before the repository had a remote is known and retired under the name of then', async () => {
  using place = new Place();
  write(place, '.git/HEAD', 'ref: refs/heads/main\n');
  write(place, '.git/config', '');
  const file = write(place, 'CLAUDE.md', '- Tabs.\n- No deploys on Fridays.\n');
  await imported(place, file);
  write(place, '.git/config', '[remote "origin"]\n\turl = https://example.com/acme/app.git\n');
  write(place, 'CLAUDE.md', '- No deploys on Fridays.\n- Spaces.\n');
  const again = await imported(place, file, '--retire');
  expect(again).toMatchObject({ imported: 1, retired: 1, duplicates: 1, gone: [{ content: 'Tabs.' }] });
  expect((await held(place)).map(({ content, status }) => `${content} ${status}`)).toEqual([
    'Tabs. deprecated',
    'No deploys on Fridays. active',
    'Spaces. active',
  ]);
});

test('what was imported from a file that its folder has no more is told, and retired when that is asked for', async () => {
  using place = new Place();
  const bank = place.file('bank');
  write(place, 'bank/tea.md', 'Oolong.');
  write(place, 'bank/old/coffee.md', 'Espresso.');
  write(place, 'bank/cups.txt', 'Blue.');
  write(place, 'other/coffee.md', 'Ristretto.');
  for (const name of ['bank', 'bank/cups.txt', 'other']) await imported(place, place.file(name));
  rmSync(place.file('bank/old'), { recursive: true });
  rmSync(place.file('other/coffee.md'));
  const gone = [{ content: 'coffee: Espresso.' }];
  expect(await imported(place, bank)).toMatchObject({ imported: 0, retired: 0, gone });
  expect(await imported(place, bank, '--retire')).toMatchObject({ retired: 1, gone });
  expect(await imported(place, bank, '--retire')).toMatchObject({ retired: 0, gone: [] });
  expect(await imported(place, place.file('other'), '--retire')).toMatchObject({ imported: 0, retired: 1 });
  expect((await place.run('import', place.file('other'), '--retire')).err).toContain(
    'no Markdown file below',
  );
  expect((await held(place)).map(({ content, status }) => `${content} ${status}`).toSorted()).toEqual([
    'coffee: Espresso. deprecated',
    'coffee: Ristretto. deprecated',
    'cups: Blue. active',
    'tea: Oolong. active',
  ]);
});

test('within a work tree files are named by their path there, and a file of the same name elsewhere retires nothing', async () => {
  using place = new Place();
  write(place, '.git/HEAD', 'ref: refs/heads/main\n');
  write(place, '.git/config', '');
  await imported(place, write(place, 'CLAUDE.md', 'Tabs.'));
  await imported(place, write(place, 'app/CLAUDE.md', 'Spaces.'), '--retire');
  await imported(place, write(place, 'docs/tea.md', 'Oolong.'), '--global');
  rmSync(place.file('app/CLAUDE.md'));
  rmSync(place.file('docs/tea.md'));
  expect(await imported(place, place.folder, '--retire')).toMatchObject({ retired: 1 });
  expect(
    (await held(place)).map(({ content, status, source_refs }) => [content, status, source_refs]),
  ).toEqual([
    ['Tabs.', 'active', ['CLAUDE.md']],
    ['Spaces.', 'deprecated', ['app/CLAUDE.md']],
    ['tea: Oolong.', 'active', [join(realpathSync(place.folder), 'docs/tea.md')]],
  ]);
});

test('a file that says nothing any more retires all it said, and one of another form cannot retire', async () => {
  using place = new Place();
  const file = write(place, 'notes/CLAUDE.md', '- Tabs.\n');
  await imported(place, file, '--retire');
  write(place, 'notes/CLAUDE.md', '# Nothing\n');
  expect(await imported(place, file, '--retire')).toMatchObject({ imported: 0, retired: 1 });
  const list = write(place, 'mem0.json', [{ memory: 'Tabs.' }]);
  const refused = await place.run('import', list, '--retire');
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/--retire is given, but .*mem0\.json is not Markdown/);
});

test.for<[name: string, content: unknown, problem: string]>([
  ['an array', [{ memory: ' ' }, { memory: 'Ada likes opera' }], 'entry 1: it has no text'],
  ['a list', { results: [{ id: '1' }, { memory: 'Ada likes opera' }] }, 'entry 1: it has no text'],
  ['a history', [{ role: 'user', content: 'Hi.' }, { content: 'Ho.' }], 'message 2: role: is missing'],
  [
    'a graph',
    '{"type":"entity","name":"Ada","entityType":"person","observations":["likes opera",5]}',
    'line 1: observations[1]: found 5, expected string',
  ],
  [
    'an answer of read_graph',
    { entities: [{ name: 'Ada', entityType: 'person', observations: [5] }], relations: [] },
    'entity 1: observations[0]: found 5, expected string',
  ],
  ['a document of another form', '{\n  "hello": 1\n}', 'the document: it begins neither a mintmark export'],
  ['a list of other things', [{ hello: 1 }], 'line 1: it begins neither a mintmark export'],
])('what is wrong with %s is said, and not that it has no other form', async ([, content, problem]) => {
  using place = new Place();
  const { code, err } = await place.run('import', write(place, 'memory.json', content));
  expect(code).toBe(1);
  expect(err).toContain(problem);
});
