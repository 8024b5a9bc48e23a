import { type PartialOptions, resolveOptions } from '../../src/config/load.js';
import { composeEngine, type Engine } from '../../src/engine.js';
import { fixedSources } from '../support/connect.js';
import { databaseFor } from '../support/engines.js';
import { PATIENT } from '../support/patience.js';

const home = { nodes: ['repo:acme/app'], aliases: [] };

export const openFixed = (db: string, options: PartialOptions = {}): Engine =>
  composeEngine(
    resolveOptions({ ...PATIENT, db: databaseFor(db), durability: 'normal', embedder: 'none', ...options }),
    {
      sources: fixedSources(),
      home,
    },
  );

/** A little of everything that a database can hold. */
export async function fillWithEverything(engine: Engine): Promise<void> {
  await fillMemories(engine);
  await fillMedallions(engine);
  await fillRuns(engine);
  await fillPacks(engine);
  await fillSessions(engine);
  await fillSummaries(engine);
  await fillBlobs(engine);
}

async function fillMemories({ memories, call }: Engine): Promise<void> {
  const once = (key: string) =>
    call({ idempotency: { tool: 'memory_propose', key, argumentsHash: 'a'.repeat(64) } });
  const rich = {
    graph_nodes: ['project:atlas', 'user:ada'],
    tags: ['database', 'choice'],
    rationale: 'measured',
  };
  const first = await memories.propose(
    { changes: [{ content: 'We use SQLite for storage.', type: 'decision', ...rich }], commit: true },
    once('first'),
  );
  const [old = ''] = first.committed_ids;
  await memories.propose({
    changes: [
      {
        op: 'supersede',
        content: 'Storage is SQLite with a log.',
        supersedes: [old],
        source_refs: ['adr/1'],
      },
    ],
    commit: true,
  });
  const retired = await memories.propose({ changes: [{ content: 'Builds run at night.' }], commit: true });
  await memories.propose({
    changes: [{ op: 'deprecate', target_id: retired.committed_ids[0], rationale: 'They run by day.' }],
    commit: true,
  });
  const refused = await memories.propose({ changes: [{ content: 'The moon is cheese.', global: true }] });
  await memories.decide({ batch_id: refused.batch_id, decision: 'reject', reason: 'It is not.' });
  const gone = await memories.propose(
    { changes: [{ content: 'Grapefruit is banned.' }], commit: true },
    once('gone'),
  );
  await memories.forget({ ids: gone.committed_ids, purge: true });
  await memories.propose({ changes: [{ content: 'Still to be decided.', valid_from: '2026-01-01' }] });
}

/** With two versions, one without nodes, and one that another hides. */
async function fillMedallions({ medallions, runs }: Engine): Promise<void> {
  const { run_id } = await runs.open({ objective: 'Move billing.' });
  const summary = { session_summary: 'Moved half of it.', transcripts: ['hi'], artefacts: { files: 2 } };
  await medallions.checkpoint({ ...summary, tags: ['billing'], high_level: 'Half moved.', run_id });
  const { uri } = await medallions.checkpoint({ ...summary, decisions: [{ statement: 'One queue.' }] });
  await medallions.checkpoint({
    ...summary,
    tags: ['billing'],
    invariants: ['Never drop one.'],
    supersedes: [uri],
  });
  await medallions.checkpoint({ ...summary, graph_nodes: [], tags: ['everywhere'] });
}

/** One patched past its budget, refused, sealed and resumed, and a fork of it. */
async function fillRuns({ runs, episodes }: Engine): Promise<void> {
  const { run_id } = await runs.open({ objective: 'Ship it.', external_id: 'ticket-7', tags: ['release'] });
  const large = (id: string) => ({ id, content: 'word '.repeat(1200) });
  await runs.patch({ run_id, expected_seq: 0, append: { sliding_context: [large('a')] } });
  await runs.patch({ run_id, expected_seq: 1, append: { sliding_context: [large('b')] } });
  await runs.patch({ run_id, expected_seq: 1, set: {} }).catch(() => {});
  await runs.record({ run_id, events: [{ type: 'NOTE', payload: { text: 'n' } }] });
  const { uri } = await episodes.seal({ run_id, reason: 'A stage is done.' });
  await runs.open({ run_id });
  await runs.open({ from: uri });
}

/** One that was rewound and had messages purged, with a loop and another model; one replaced, one deleted, one gone. */
async function fillSessions({ sessions }: Engine): Promise<void> {
  const said = (...texts: string[]) => texts.map(text => ({ id: text, role: 'user', content: text }));
  const external_id = 'thread-7';
  const opening = { external_id, create: true, model: 'gpt-4o', context_limit: 50_000, max_output: 2000 };
  const stamped = { ...said('b')[0], name: 'Ada', timestamp: '2026-01-01', metadata: { n: 1 } };
  const { session_id } = await sessions.append({ ...opening, messages: [...said('a'), stamped] });
  const part = { type: 'tool_call', call_id: 'c', name: 'read', arguments: { path: 'a' } };
  const call = { role: 'assistant', parts: [part] };
  await sessions.append({ session_id, model: 'claude-opus-4-5', messages: [call, call, call, ...said('c')] });
  await sessions.rewind({ session_id, message_id: 'c' });
  await sessions.append({ session_id, messages: said('d', 'e') });
  await sessions.rewind({ session_id, message_id: 'e', purge: true });
  const replaced = await sessions.append({ messages: said('a'), tags: ['talk'] });
  await sessions.append({ session_id: replaced.session_id, replace: true, messages: said('a', 'b') });
  const deleted = await sessions.append({ messages: said('a') });
  await sessions.rewind({ session_id: deleted.session_id, all: true });
  const gone = await sessions.append({ messages: said('a', 'b') });
  await sessions.rewind({ session_id: gone.session_id, all: true, purge: true });
}

/** One that outgrew its window, so that summaries were condensed, then one replaced, rewound and purged. */
async function fillSummaries({ sessions, context }: Engine): Promise<void> {
  const chat = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => ({
      id: `t${from + at}`,
      role: (from + at) % 2 === 0 ? 'user' : 'assistant',
      content: `Turn ${from + at}. ${'some words '.repeat(20)}`,
    }));
  const { session_id } = await sessions.append({
    context_limit: 1000,
    max_output: 200,
    messages: chat(0, 10),
  });
  for (let from = 10; from < 100; from += 10) await sessions.append({ session_id, messages: chat(from, 10) });
  const { summary_request } = await sessions.append({ session_id, messages: chat(100, 2) });
  await context.compact({ session_id, request_id: summary_request?.request_id, summary: 'Goal: to count.' });
  await context.compact({ session_id, summary: 'Completed: a hundred turns.' });
  await sessions.append({ session_id, messages: chat(102, 10) });
  await context.compact({ session_id });
  await sessions.rewind({ session_id, message_id: 't108' });
  const { session_id: purged } = await sessions.append({ messages: chat(0, 30) });
  await context.compact({ session_id: purged });
  await sessions.rewind({ session_id: purged, message_id: 't3', purge: true });
}

/** One of the home, one of a session with a media type, one gone. */
async function fillBlobs({ blobs, sessions, memories }: Engine): Promise<void> {
  await blobs.put({ content: 'A long text.\n'.repeat(50) });
  const { session_id } = await sessions.append({ messages: [], tags: ['files'] });
  await blobs.put({ content: '{"a": [1, 2]}', name: 'a.json', mime: 'application/json', session_id });
  const gone = await blobs.put({ content: 'Grapefruit.', name: 'fruit.txt' });
  await memories.forget({ ids: [gone.blob_id], purge: true });
  const messages = [{ role: 'tool' as const, content: 'A long output of a tool.\n'.repeat(100) }];
  await sessions.append({ session_id, messages });
  await sessions.append({ messages });
}

/** A run with an episode, its medallion, memories and conversation, imported beside itself. */
async function fillPacks({ runs, episodes, packs, sessions, context }: Engine): Promise<void> {
  const messages = Array.from({ length: 7 }, (_, at) => ({
    role: 'user' as const,
    content: `Move ${at}. `.repeat(9),
  }));
  const { session_id } = await sessions.append({ external_id: 'moving', create: true, messages });
  await context.compact({ session_id, summary: 'Goal: to move.' });
  const { run_id } = await runs.open({
    objective: 'Move to another machine.',
    thread_id: 'moving',
    graph_nodes: ['project:atlas'],
  });
  await runs.record({ run_id, events: [{ type: 'NOTE', payload: { text: 'packing' } }] });
  await episodes.seal({ run_id, reason: 'packed' });
  const { path } = await packs.export({ run_id, include: ['evidence', 'memories', 'sessions'] });
  await packs.import({ path });
}
