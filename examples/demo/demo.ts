import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEngine } from '../../src/engine.js';
import { commits, decisions, QUESTIONS, scraps } from './material.js';
import { resume } from './resume.js';
import { squeeze } from './squeeze.js';
import { type Session, start } from './stage.js';
import { end, failed, prove, say, short, title } from './telling.js';

const folder = mkdtempSync(join(tmpdir(), 'mintmark-demo-'));
const db = join(folder, 'demo.db');
const started = performance.now();

try {
  await play();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
end(performance.now() - started);
process.exitCode = failed() === 0 ? 0 : 1;

async function play(): Promise<void> {
  const session = await start(db);
  const stored = await remember(session);
  await lookAlike(session);
  await contradiction(session);
  await ask(session, stored);
  const acknowledged = await crash(session);
  await restart(stored, acknowledged);
  await inspect(stored.size + acknowledged.size);
  await resume(db, join(folder, 'elsewhere', 'demo.db'));
  await squeeze(join(folder, 'long.db'));
}

/** Returns what was stored, by id; the decisions come first. */
async function remember(session: Session): Promise<Map<string, string>> {
  title('1  Remember what this project decided');
  const made = decisions();
  const subjects = commits(40);
  const changes = [
    ...made.map(({ file, statement }) => ({
      type: 'decision',
      content: statement,
      source_refs: [file],
      importance: 0.8,
    })),
    ...subjects.map(subject => ({ type: 'fact', content: `Commit: ${subject}`, tags: ['history'] })),
  ];
  const proposal = await session.propose(changes);
  say(`proposed ${made.length} decisions and ${subjects.length} commits as one batch, all or nothing`);
  say(`nothing is recalled yet: a search finds ${(await session.search('transport')).length} hits`);
  const { committed_ids } = await session.decide(proposal.batch_id, 'commit');
  prove(
    committed_ids.length === changes.length,
    `committed ${committed_ids.length} memories in one transaction`,
  );
  return new Map(committed_ids.map((id, index) => [id, changes[index]?.content ?? '']));
}

async function lookAlike(session: Session): Promise<void> {
  title('2  Say the same thing again');
  const [known] = decisions();
  if (!known) throw new Error('docs/decisions is empty');
  const again = await session.propose([{ type: 'decision', content: known.statement.toUpperCase() }]);
  const found = again.changes[0]?.lookalikes[0];
  prove(found !== undefined, 'a look-alike was found before a duplicate was stored');
  if (found) say(`${Math.round(found.similarity * 100)} % like "${short(found.snippet)}"`);
  prove((await session.decide(again.batch_id, 'reject')).status === 'rejected', 'so the batch was rejected');
}

async function contradiction(session: Session): Promise<void> {
  title('3  Change your mind');
  const old = await session.propose(
    [{ content: 'The staging server listens on port 8080 behind nginx', type: 'fact' }],
    { commit: true },
  );
  const [oldId = ''] = old.committed_ids;
  const rival = await session.propose(
    [{ content: 'The staging server listens on port 9090 behind nginx', type: 'fact' }],
    { commit: true },
  );
  const clash = rival.changes[0]?.contradictions[0];
  prove(
    rival.status === 'needs_review' && clash !== undefined,
    'a contradicting fact was held back: needs_review',
  );
  if (clash) say(`it differs in ${clash.differs}`);
  await session.decide(rival.batch_id, 'reject');
  const newer = await session.propose(
    [
      {
        op: 'supersede',
        supersedes: [oldId],
        content: 'The staging server listens on port 9090 behind nginx',
        type: 'fact',
      },
    ],
    { commit: true },
  );
  prove(newer.status === 'committed', 'superseding says which one holds now, so it was committed at once');
  const [hit] = await session.search('which port does staging listen on');
  prove(hit?.snippet.includes('9090') === true, `asked for the port: "${short(hit?.snippet ?? 'nothing')}"`);
  const { meta } = await session.fetch(`memory://${oldId}`);
  prove(meta.status === 'superseded', 'the old fact is kept, marked superseded, and no longer recalled');
}

/** Each question has one right answer, which must be among the three best hits. */
async function ask(session: Session, stored: ReadonlyMap<string, string>): Promise<void> {
  title('4  Ask in plain words');
  const ids = [...stored.keys()];
  const answers = new Map(decisions().map(({ file }, index) => [file, `memory://${ids[index]}`]));
  for (const { question, answer } of QUESTIONS) {
    const before = performance.now();
    const hits = await session.search(question, 3);
    const ms = (performance.now() - before).toFixed(1);
    const rank = hits.findIndex(({ uri }) => uri === answers.get(answer));
    const place = rank < 0 ? `${answer} is not among the first ${hits.length} hits` : `hit ${rank + 1}`;
    prove(rank >= 0, `${question} (${place}, ${ms} ms)`);
    say(`→ ${short(hits[Math.max(rank, 0)]?.snippet ?? 'nothing')}`);
  }
}

/** Eight writers at once, killed with calls in flight. What the server answered is acknowledged: id and text. */
async function crash(session: Session): Promise<Map<string, string>> {
  title('5  Pull the plug');
  const acknowledged = new Map<string, string>();
  const notes = scraps();
  let sent = 0;
  let alive = true;
  const write = async () => {
    while (alive) {
      const content = `${notes()} (note ${++sent})`;
      const reply = await session
        .propose([{ content, type: 'semantic' }], { commit: true })
        .catch(() => undefined);
      for (const id of reply?.committed_ids ?? []) acknowledged.set(id, content);
    }
  };
  const writers = Array.from({ length: 7 }, write);
  do await sleep(1500);
  while (acknowledged.size === 0);
  // The eighth begins with the kill: on a busy machine all that was sent before may have been answered meanwhile.
  writers.push(write());
  session.kill();
  alive = false;
  await Promise.all(writers);
  await session.close();
  say(`${sent} writes sent by 8 writers, SIGKILL after 1.5 s`);
  const lost = sent - acknowledged.size;
  prove(
    acknowledged.size > 0 && lost > 0,
    `${acknowledged.size} were acknowledged, ${lost} were in flight and may be either way`,
  );
  return acknowledged;
}

async function restart(...written: readonly ReadonlyMap<string, string>[]): Promise<void> {
  title('6  Start again');
  const before = performance.now();
  const session = await start(db);
  const wanted = written.flatMap(memories => [...memories]);
  let whole = 0;
  for (const [id, content] of wanted) {
    const found = await session.fetch(`memory://${id}`).catch(() => undefined);
    if (found?.text === content) whole += 1;
  }
  prove(
    whole === wanted.length,
    `fetched every acknowledged memory by its id, text unchanged: ${whole} of ${wanted.length}`,
  );
  const [hit] = await session.search('staging port');
  prove(
    hit?.snippet.includes('9090') === true,
    `the port is still 9090 (${Math.round(performance.now() - before)} ms for all of it)`,
  );
  await session.close();
}

async function inspect(atLeast: number): Promise<void> {
  title('7  Look under the hood');
  await using engine = openEngine({ db, scope: ['repo:demo'] });
  const { healthy, checks, findings, ledger } = await engine.verify({ deep: true });
  for (const finding of findings) say(JSON.stringify(finding));
  prove(healthy, `verified ${checks.join(', ')}`);
  for (const { stream, events, head } of ledger)
    say(`ledger ${stream}: ${events} events, chained up to ${head.slice(0, 16)}…`);
  const { counts } = await engine.status();
  const active = counts.active_memories ?? 0;
  prove(
    active > atLeast,
    `${active} active memories: the ${atLeast} above, the port, and what was in flight but arrived`,
  );
}
