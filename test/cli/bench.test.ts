import { readdirSync, writeFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { Place } from './command-line.js';

const DATA = [
  { id: 'old', memory: 'Releases are cut on Mondays.' },
  { id: 'new', memory: 'Releases are cut on Wednesdays.', supersedes: ['old'] },
  { id: 'tea', memory: 'The user drinks tea without sugar.' },
  { question: 'When are releases cut?', evidence: ['new'], category: 'team' },
  { question: 'Does the user take sugar in tea?', evidence: ['tea'], category: 'taste' },
  { question: 'Which zebra?', evidence: ['tea', 'new'], category: 'taste' },
];

function file(place: Place, lines: readonly (object | string)[]): string {
  const path = place.file('questions.jsonl');
  writeFileSync(path, lines.map(line => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  return path;
}

test('bench recall measures the questions of a file, by category and in all', async () => {
  using place = new Place();
  const { code, out } = await place.run('bench', 'recall', '--data', file(place, DATA), '--json');
  expect(code).toBe(0);
  const { memories, figures } = JSON.parse(out);
  expect(memories).toBe(3);
  expect(figures).toMatchObject({
    team: { questions: 1, recall_5: 1, mrr: 1, first: 1, stale_above: 0 },
    taste: { questions: 2, recall_5: 0.5, recall_10: 0.5, recall_20: 0.5, mrr: 0.5, first: 0.5 },
    all: { questions: 3, recall_5: 0.667 },
  });
});

test('bench recall prints a table', async () => {
  using place = new Place();
  const { out } = await place.run('bench', 'recall', '--data', file(place, DATA));
  expect(out).toMatch(/^3 memories of .*questions\.jsonl$/m);
  expect(out).toMatch(/^ +questions +R@5 +R@10 +R@20 +MRR +first +stale +p50 ms$/m);
  expect(out).toMatch(/^team +1 +1 +1 +1 +1 +1 +0 +\d/m);
});

test('bench recall leaves nothing behind and does not touch the memory of its user', async () => {
  using place = new Place();
  const path = file(place, DATA);
  vi.stubEnv('TMPDIR', place.folder);
  expect((await place.run('bench', 'recall', '--data', path)).code).toBe(0);
  expect(readdirSync(place.folder)).toEqual(['questions.jsonl']);
});

test.each<[string, (object | string)[], string]>([
  ['a line that is no JSON', [DATA[0] ?? '', '{"id": '], 'line 2: found {"id": ; expected JSON'],
  [
    'a line that is neither',
    [{ id: 'a', text: 'b' }],
    'line 1: found {"id":"a","text":"b"}; expected {"id": "m1", "memory"',
  ],
  [
    'an id twice',
    [
      { id: 'a', memory: 'b' },
      { id: 'a', memory: 'c' },
    ],
    'line 2: found "a" again; expected an id of its own',
  ],
  [
    'an unknown evidence',
    [{ question: 'Why?', evidence: ['x'] }],
    'the question "Why?": found evidence "x"; expected the id of',
  ],
  [
    'a successor of nothing',
    [{ id: 'a', memory: 'b', supersedes: ['z'] }],
    'line 1: found supersedes "z"; expected an id of a line before',
  ],
  ['no question', [{ id: 'a', memory: 'b' }], 'the whole file: found no question; expected {"question"'],
  ['an empty file', [], 'found no question'],
])('bench recall refuses %s and says where', async (_what, lines, message) => {
  using place = new Place();
  const { code, out, err } = await place.run('bench', 'recall', '--data', file(place, lines));
  expect(err).toContain('mintmark: invalid: Nothing was measured: ');
  expect(err).toContain(message);
  expect({ code, out }).toEqual({ code: 1, out: '' });
});

const CONVERSATION = {
  sample_id: 'conv-1',
  speakers: ['Ann', 'Bob'],
  turns: [
    turn('D1:1', 1, 'Ann', 'I adopted a parrot last week.'),
    turn('D1:2', 1, 'Bob', 'Lovely! I am building a canoe.'),
    turn('D2:1', 2, 'Ann', 'The parrot learned to whistle.'),
  ],
  questions: [
    { question: 'What did Ann adopt, a parrot?', category: 4, evidence: ['D1:1'], answer: 'a parrot' },
    { question: 'Who builds a canoe?', category: 1, evidence: ['D1:2'] },
    { question: 'Is anything without evidence left out?', category: 5, evidence: [] },
  ],
};

function turn(id: string, session: number, speaker: string, text: string) {
  return { id, session, speaker, text, timestamp: '2023-05-08T13:56:00.000Z' };
}

test('bench recall reads conversations in the shape of LoCoMo and searches their messages', async () => {
  using place = new Place();
  const path = place.file('conversations.json');
  const other = { ...CONVERSATION, sample_id: 'conv-2' };
  writeFileSync(path, JSON.stringify([CONVERSATION, other]));
  const { out } = await place.run('bench', 'recall', '--data', path, '--json');
  expect(JSON.parse(out)).toMatchObject({
    memories: 0,
    messages: 6,
    figures: {
      'single-hop': { questions: 2, recall_5: 1 },
      'multi-hop': { questions: 2, recall_5: 1 },
      all: { questions: 4, recall_5: 1 },
    },
  });
});

test.each<[string, unknown, string]>([
  [
    'a turn without text',
    [{ ...CONVERSATION, turns: [{ id: 'a' }] }],
    '0.turns.0.session: found Invalid input',
  ],
  [
    'evidence that no turn has',
    [{ ...CONVERSATION, turns: [] }],
    'found evidence "D1:1"; expected the id of',
  ],
])('bench recall refuses conversations with %s', async (_what, value, message) => {
  using place = new Place();
  const path = place.file('conversations.json');
  writeFileSync(path, JSON.stringify(value));
  const { code, err } = await place.run('bench', 'recall', '--data', path);
  expect(err).toContain(message);
  expect(code).toBe(1);
});

test('bench recall says where a JSON file breaks off', async () => {
  using place = new Place();
  const path = place.file('conversations.json');
  writeFileSync(path, JSON.stringify([CONVERSATION]).slice(0, -20));
  const { err } = await place.run('bench', 'recall', '--data', path);
  expect(err).toMatch(/the whole file: found .*(position|end|Unterminated|Expected).*; expected JSON/);
});

test('bench recall without a file that exists says which to name', async () => {
  using place = new Place();
  const { code, err } = await place.run('bench', 'recall', '--data', 'nowhere.jsonl');
  expect(err).toMatch(/not_found: There is no file .*nowhere\.jsonl\.\nName a file of JSON lines/);
  expect(code).toBe(1);
});
