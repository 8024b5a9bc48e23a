import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/mintmark.js';
import { packsOf, serverIn } from '../support/packs.js';
import { eventsOf } from '../support/runs.js';
import { wordsIn } from '../support/stored.js';
import { type Entry, makeZip } from '../support/zips.js';

const aosRun = `run_${'c'.repeat(32)}`;

const workingSet = {
  _schema_version: '2.1',
  _update_seq: 4,
  task_id: 'task-1',
  thread_id: 'thread-1',
  run_id: aosRun,
  status: 'BUSY',
  objective: 'Port the module.',
  acceptance_criteria: ['all tests pass'],
  current_stage: 'WRITING',
  next_action: 'port the ledger',
  constraints: [],
  artifact_refs: [{ type: 'file', id: 'f1', path: 'ledger.py', sha256: 'a'.repeat(64) }],
  blockers: [],
  last_action_summary: 'ported the schemas',
  pinned_context: [{ id: 'p1', content: 'Python 3.11' }],
  sliding_context: [{ id: 's1', content: 'read it', timestamp: '2026-01-25T10:00:00+00:00', priority: 5 }],
};

const event = (number: number, event_type: string, payload: object) => ({
  _schema_version: '2.1',
  event_id: `ev_${number}`,
  parent_event_id: null,
  sequence_id: number,
  event_type,
  timestamp: '2026-01-25T10:00:00Z',
  writer_id: 'agent',
  task_id: 'task-1',
  thread_id: 'thread-1',
  run_id: aosRun,
  payload,
});
const events = [
  event(1, 'TOOL_CALL', { tool_name: 'read', arguments: { path: 'a.py' } }),
  event(2, 'WS_UPDATE_APPLIED', { new_seq: 4 }),
];
const ledger = events.map(one => `${JSON.stringify(one)}\n`).join('');
const json = (value: unknown): string => JSON.stringify(value, null, 2);

const simple: readonly Entry[] = [
  { name: 'working_set.json', content: json(workingSet) },
  { name: 'run.jsonl', content: ledger },
];

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** As Python's shutil.make_archive packs it, folders included. */
function withManifest(changes: object = {}): Entry[] {
  const files = { 'state/working_set.v2.1.json': json(workingSet), 'ledger/run.v2.1.jsonl': ledger };
  const manifest = {
    _schema_version: '2.1',
    pack_id: 'pack_1',
    created_at: '2026-01-25T10:00:00Z',
    compatible_engine_versions: ['aos-context/2.1.0'],
    files: Object.fromEntries(Object.entries(files).map(([name, text]) => [name, sha256(text)])),
    pointers: { ledger_last_seq: 2 },
    ...changes,
  };
  const folder = (name: string): Entry => ({ name, content: '', method: 0, attributes: 0x41ed0010 });
  return [
    folder('ledger/'),
    folder('state/'),
    { name: 'manifest.v2.1.json', content: json(manifest) },
    ...Object.entries(files).map(([name, content]) => ({ name, content })),
  ];
}

const medallion = {
  meta: {
    medallion_id: 'med-0123456789ab',
    schema_version: 'medallion.v1',
    model: 'stub-llm',
    created_at: '2025-11-17T10:00:00.123456+00:00',
    updated_at: '2025-11-17T11:00:00',
    knowledge_min_ts: null,
    knowledge_max_ts: null,
    status: 'active',
  },
  scope: { graph_nodes: ['repo:muse', 'repo:muse'], tags: ['backend'] },
  summary: {
    high_level: 'The store is done.',
    subsystems: [{ name: 'store', status: 'stable', notes: 'SQLite' }],
  },
  decisions: [{ id: 'D-007', statement: 'Use SQLite.', rationale: 'One file.', confidence: 0.9 }],
  open_questions: [{ id: 'Q-003', question: 'Which cache?', blocked_on: [], priority: 'high' }],
  affordances: { recommended_entry_points: ['store.py'], avoid_repeating: [], invariants: null },
};

/** Imports these bytes into a new database. */
async function importing(content: Buffer | string) {
  const folder = temporaryFolder();
  const db = folder.file('b.db');
  mkdirSync(packsOf(db), { recursive: true });
  writeFileSync(`${packsOf(db)}/foreign`, content);
  const server = await serverIn(db, 'b');
  return {
    server,
    db,
    reply: () => server.call('pack_import', { path: 'foreign' }),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

describe('a resume pack of AoS', () => {
  it.each([
    ['of the simple kind', simple],
    ['with a manifest', withManifest()],
    ['without a ledger', simple.slice(0, 1)],
  ])('%s goes on as a run', async (_name, entries) => {
    await using test = await importing(makeZip(entries));
    const { run_id, kind } = await test.reply();
    expect(kind).toBe('aos');
    const opened = await test.server.call('run_open', { run_id });
    expect(opened.working_set).toEqual({ ...workingSet, run_id });
    expect(await test.server.engine.packs.resolve(aosRun)).toBe(run_id);
    const patch = { run_id, expected_seq: 4, set: { status: 'IDLE' } };
    expect((await test.server.call('working_set_patch', patch)).seq).toBe(5);
    expect((await test.server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('brings its events, those of its engine as notes', async () => {
    await using test = await importing(makeZip(simple));
    const { run_id, imported } = await test.reply();
    expect(imported).toMatchObject({ runs: 1, events: 2 });
    const [, call, note] = await eventsOf(test.server, run_id);
    expect(call).toMatchObject({
      type: 'TOOL_CALL',
      payload: { tool_name: 'read', aos: { event_id: 'ev_1' } },
    });
    expect(note).toMatchObject({ type: 'NOTE', payload: { payload: { new_seq: 4 } } });
  });

  it('can be exported as a pack and moved on', async () => {
    await using test = await importing(makeZip(simple));
    const { run_id } = await test.reply();
    const { path } = await test.server.call('pack_export', { run_id });
    expect((await test.server.call('pack_import', { path })).kind).toBe('run');
  });

  const state = 'state/working_set.v2.1.json';
  it.each([
    [
      'of another version',
      [{ name: 'working_set.json', content: json({ ...workingSet, _schema_version: '3.0' }) }],
      'upgrade_needed',
    ],
    [
      'for another engine',
      withManifest({ compatible_engine_versions: ['aos-context/3.0.0'] }),
      'upgrade_needed',
    ],
    ['with a manifest of another version', withManifest({ _schema_version: '2.2' }), 'upgrade_needed'],
    ['whose hash differs', withManifest({ files: { [state]: 'a'.repeat(64) } }), 'SHA-256 differs'],
    ['that names what is not there', withManifest({ files: { 'no.json': 'a'.repeat(64) } }), 'is missing'],
    ['with a file nobody names', withManifest({ files: { [state]: sha256(json(workingSet)) } }), 'is not in'],
    ['without a working set', [{ name: 'run.jsonl', content: ledger }], 'neither'],
    ['with a broken ledger', [...simple.slice(0, 1), { name: 'run.jsonl', content: 'x' }], 'not JSON'],
    [
      'with events of another version',
      [...simple.slice(0, 1), { name: 'run.jsonl', content: '{"_schema_version":"1"}' }],
      'upgrade_needed',
    ],
    [
      'with an unknown field',
      [{ name: 'working_set.json', content: json({ ...workingSet, more: 1 }) }],
      'does not fit',
    ],
    ['with a folder that has no manifest', [...simple, { name: 'x/', content: '' }], 'directory'],
  ])('%s imports nothing', async (_name, entries, says) => {
    await using test = await importing(makeZip(entries));
    await expect(test.reply()).rejects.toThrow(says);
    expect((await test.server.call('status')).counts.events).toBe(0);
  });
});

describe('a medallion as JSON', () => {
  it('becomes the first version of one here, its ids kept', async () => {
    await using test = await importing(json(medallion));
    const { medallion_ids, kind, scope } = await test.reply();
    expect(kind).toBe('medallion');
    expect(scope).toContain('repo:muse');
    const shown = await test.server.engine.medallions.read({ id: medallion_ids[0] });
    expect(shown.medallion).toMatchObject({
      meta: {
        version: 1,
        created_at: '2025-11-17T10:00:00.123Z',
        updated_at: '2025-11-17T11:00:00.000Z',
        trust: 'import',
      },
      scope: { graph_nodes: ['repo:muse'], tags: ['backend'] },
      decisions: medallion.decisions,
      open_questions: medallion.open_questions,
      affordances: { invariants: [] },
    });
    expect(await test.server.engine.packs.resolve('med-0123456789ab')).toBe(medallion_ids[0]);
    expect((await test.server.engine.verify({ deep: true })).findings).toEqual([]);
  });

  it('is shown by load_by_scope', async () => {
    await using test = await importing(json(medallion));
    await test.reply();
    const loaded = await test.server.call('load_by_scope', { graph_nodes: ['repo:muse'] });
    expect(loaded.text).toContain('The store is done.');
  });

  it('keeps no secret it brought', async () => {
    const key = `ghp_${'aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5'}`;
    await using test = await importing(
      json({ ...medallion, summary: { ...medallion.summary, high_level: `key ${key}` } }),
    );
    expect((await test.reply()).redacted.length).toBeGreaterThan(0);
    expect(await wordsIn(test.db, [key])).toEqual([]);
  });

  it.each([
    [
      'of another version',
      { ...medallion, meta: { ...medallion.meta, schema_version: 'medallion.v2' } },
      'upgrade_needed',
    ],
    ['without a scope', { ...medallion, scope: { graph_nodes: [], tags: [] } }, 'empty scope'],
    [
      'with a time that is none',
      { ...medallion, meta: { ...medallion.meta, created_at: 'soon' } },
      'no ISO 8601',
    ],
    [
      'with a high level of 1,000 words',
      { ...medallion, summary: { ...medallion.summary, high_level: 'word '.repeat(1000) } },
      'tokens',
    ],
    [
      'with a confidence of 2',
      { ...medallion, decisions: [{ ...medallion.decisions[0], confidence: 2 }] },
      'does not fit',
    ],
    ['that is another object', { hello: 'world' }, 'does not fit'],
  ])('%s imports nothing', async (_name, value, says) => {
    await using test = await importing(json(value));
    await expect(test.reply()).rejects.toThrow(says);
    expect((await test.server.call('status')).counts.events).toBe(0);
  });
});
