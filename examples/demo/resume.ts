import { dirname } from 'node:path';
import * as z from 'zod';
import { openEngine } from '../../src/engine.js';
import { type Session, start } from './stage.js';
import { prove, say, short, title } from './telling.js';

const WorkingSet = z.looseObject({ next_action: z.string(), current_stage: z.string(), status: z.string() });
const Opened = z.looseObject({ run_id: z.string(), seq: z.number(), working_set: WorkingSet });
const Patched = z.looseObject({ seq: z.number(), evicted: z.array(z.looseObject({ id: z.string() })) });
const Sealed = z.looseObject({ uri: z.string(), hash: z.string() });
const Struck = z.looseObject({ uri: z.string(), version: z.number() });
const Loaded = z.looseObject({ text: z.string(), runs: z.array(z.string()) });
const Packed = z.looseObject({ path: z.string(), sha256: z.string(), bytes: z.number() });
const Unpacked = z.looseObject({ run_id: z.string(), session_ids: z.array(z.string()) });
const Text = z.looseObject({ text: z.string() });

const STAGES = [
  'read the old queue',
  'write the new queue',
  'move billing',
  'move mail',
  'delete the old queue',
];

/** An agent works, is killed, goes on in another process, and then on another machine. */
export async function resume(db: string, elsewhere: string): Promise<void> {
  const before = await work(db);
  await goOn(db, before);
  const pack = await handOver(db, before.runId);
  await arrive(elsewhere, { ...pack, from: before.runId });
}

type Left = { readonly runId: string; readonly seq: number; readonly next: string };

/** Works through two stages, notes where it stands after each step, and is killed before the third. */
async function work(db: string): Promise<Left> {
  title('8  Work, and be killed');
  const session = await start(db);
  const { run_id: runId, ...opened } = Opened.parse(
    await session.call('run_open', {
      objective: 'Move every job to the new queue.',
      acceptance_criteria: ['No job is lost.'],
    }),
  );
  let { seq } = opened;
  let evicted = 0;
  for (const [at, stage] of STAGES.slice(0, 2).entries()) {
    for (let step = 0; step < 12; step++) {
      const patched = Patched.parse(
        await session.call('working_set_patch', {
          run_id: runId,
          expected_seq: seq,
          set: { status: 'BUSY', current_stage: stage, next_action: `step ${step + 1} of "${stage}"` },
          append: { sliding_context: [finding(at * 12 + step)] },
        }),
      );
      seq = patched.seq;
      evicted += patched.evicted.length;
    }
    const sealed = Sealed.parse(
      await session.call('episode_seal', { run_id: runId, reason: `done: ${stage}` }),
    );
    say(`sealed ${stage} as an episode, hash ${sealed.hash.slice(0, 16)}…`);
  }
  say(
    `${seq} patches; ${evicted} of 24 findings were evicted to stay within 2,000 tokens, least important first`,
  );
  await checkpoint(session, runId);
  const last = {
    expected_seq: seq,
    set: { current_stage: 'move billing', next_action: 'move invoices first' },
  };
  ({ seq } = Patched.parse(await session.call('working_set_patch', { run_id: runId, ...last })));
  session.kill();
  await session.close().catch(() => {});
  say('SIGKILL');
  return { runId, seq, next: 'move invoices first' };
}

const finding = (number: number) => ({
  id: `finding-${number}`,
  content:
    `Job ${number} of the old queue retries ${number % 4} times and keeps its payload in table jobs_${number}, which nobody else reads. `.repeat(
      4,
    ),
  timestamp: new Date(Date.UTC(2026, 0, 1, 0, number)).toISOString(),
  priority: number % 10,
});

async function checkpoint(session: Session, runId: string): Promise<void> {
  const struck = Struck.parse(
    await session.call('checkpoint', {
      session_summary: 'Read the old queue and wrote the new one; billing is next.',
      high_level: 'Jobs move from the old queue to the new one, service by service. Billing is next.',
      decisions: [
        { statement: 'One queue a tenant', rationale: 'A noisy tenant blocks only itself', confidence: 0.9 },
      ],
      open_questions: [{ question: 'Who pays for retries?', priority: 'high', blocked_on: ['finance'] }],
      invariants: ['No invoice is sent twice.'],
      recommended_entry_points: ['move billing: invoices first'],
      run_id: runId,
    }),
  );
  say(`checkpoint: ${struck.uri} version ${struck.version}`);
}

/** A second process knows nothing but its scope. */
async function goOn(db: string, left: Left): Promise<void> {
  title('9  Resume in another process');
  const session = await start(db);
  const loaded = Loaded.parse(await session.call('load_by_scope', { max_tokens: 1500 }));
  for (const line of loaded.text
    .split('\n')
    .filter(text => text.trim() !== '')
    .slice(0, 8))
    say(`│ ${short(line)}`);
  prove(loaded.text.includes('Who pays for retries?'), 'load_by_scope brings back what was open');
  prove(loaded.runs.includes(`run://${left.runId}`), 'and names the run that was not finished');
  const opened = Opened.parse(await session.call('run_open', { run_id: left.runId }));
  prove(
    opened.seq === left.seq && opened.working_set.next_action === left.next,
    `the working set is as it was acknowledged: seq ${opened.seq}, next "${opened.working_set.next_action}"`,
  );
  const stale = await session
    .call('working_set_patch', {
      run_id: left.runId,
      expected_seq: left.seq - 1,
      set: { next_action: 'guess' },
    })
    .catch((error: Error) => error.message);
  prove(
    typeof stale === 'string' && stale.includes('conflict'),
    `a stale patch changes nothing: ${short(String(stale))}`,
  );
  await session.call('working_set_patch', {
    run_id: left.runId,
    expected_seq: left.seq,
    set: { last_action_summary: 'moved invoices', next_action: 'move dunning' },
  });
  await session.close();
}

async function handOver(db: string, runId: string): Promise<{ path: string }> {
  title('10  Move to another machine');
  const session = await start(db, { tools: 'all' });
  // A conversation named like its run goes along with it.
  await session.call('session_append', { external_id: runId, create: true, messages: talk() });
  const ask = { run_id: runId, include: ['sessions'] };
  const packed = Packed.parse(await session.call('pack_export', ask));
  const again = Packed.parse(await session.call('pack_export', ask));
  prove(
    packed.sha256 === again.sha256,
    `the same content gives the same ${packed.bytes} bytes: ${packed.sha256.slice(0, 16)}…`,
  );
  await session.close();
  return packed;
}

/** What was said, with an output too large for any context. */
const talk = () => [
  { role: 'user', content: 'Which invoices are still on the old queue?' },
  {
    role: 'assistant',
    parts: [{ type: 'tool_call', call_id: 'c1', name: 'read', arguments: { path: 'queue.csv' } }],
  },
  { role: 'tool', parts: [{ type: 'tool_result', call_id: 'c1', output: INVOICES }] },
];
const INVOICES = `invoice,state\n${Array.from({ length: 5000 }, (_, at) => `${at + 1},waiting\n`).join('')}`;

async function arrive(
  db: string,
  { path, from }: { readonly path: string; readonly from: string },
): Promise<void> {
  const session = await start(db, { 'allow-path': dirname(path) });
  const { run_id: runId, session_ids: talks } = Unpacked.parse(await session.call('pack_import', { path }));
  const opened = Opened.parse(await session.call('run_open', { run_id: runId }));
  prove(
    runId !== from && opened.working_set.next_action === 'move dunning',
    `imported elsewhere as ${runId}, which goes on: "${opened.working_set.next_action}"`,
  );
  const { text } = Text.parse(await session.call('fetch', { uri: `session://${talks[0]}` }));
  const blob = /blob:\/\/blob_\w+/.exec(text)?.[0];
  const line = Text.parse(await session.call('fetch', { uri: blob, lines: '5001' }));
  prove(
    text.includes('Which invoices') && line.text.includes('5000,waiting'),
    'its conversation came along, and the last of 5,000 lines behind a reference of it',
  );
  await session.call('working_set_patch', {
    run_id: runId,
    expected_seq: opened.seq,
    set: { status: 'DONE' },
  });
  await session.close();
  await using engine = openEngine({ db, scope: ['repo:demo'] });
  const { healthy, findings } = await engine.verify({ deep: true });
  for (const finding of findings) say(JSON.stringify(finding));
  prove(healthy, 'the second database verifies, the imported chain included');
}
