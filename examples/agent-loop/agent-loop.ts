/**
 * Two agents change their minds about the same memory at the same time. One wins; the other is told why it lost,
 * looks again and builds on what it finds. Run: node --import tsx examples/agent-loop/agent-loop.ts
 */
import { type Engine, EngineError, openEngine } from '../../src/engine.js';

const ATTEMPTS = 5;

await using engine = openEngine({ db: ':memory:', scope: ['repo:example'] });
const seeded = await engine.memories.propose({
  changes: [{ type: 'decision', content: 'Release train leaves every Friday with changes: none' }],
  commit: true,
});
// Both plan on what they saw at the start; only one of the two plans can still fit when it is carried out.
const seen = seeded.committed_ids[0] ?? '';
const plans = await Promise.all([work('ada', 'dark mode', seen), work('bob', 'offline sync', seen)]);

const { hits } = await engine.search({ query: 'release train changes', detail: 'full' });
console.log(`\n${hits.length} active: ${hits[0]?.snippet}`);
const both = hits[0]?.snippet?.includes('dark mode') && hits[0].snippet.includes('offline sync');
console.log(both ? `Both changes are in, after ${plans.join(' and ')} attempts.` : 'A change was lost.');
process.exitCode = hits.length === 1 && both ? 0 : 1;

/** Adds `change` to the train, trying again when somebody else was faster. Returns how many attempts it took. */
async function work(agent: string, change: string, known: string): Promise<number> {
  let target = { id: known, content: 'Release train leaves every Friday with changes: none' };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      const content = `${target.content.replace(/: none$/, ':')} ${change};`;
      await supersede(engine, target.id, content);
      console.log(`${agent}: superseded ${target.id} on attempt ${attempt}`);
      return attempt;
    } catch (error) {
      if (!(error instanceof EngineError) || !['conflict', 'invalid'].includes(error.code)) throw error;
      console.log(`${agent}: ${error.code}: ${error.message.split('\n').at(-1)}\n  hint: ${error.hint}`);
      target = await look();
    }
  }
  throw new Error(`${agent} gave up after ${ATTEMPTS} attempts`);
}

/** Proposes first and commits second, as an agent does that shows its plan to somebody in between. */
async function supersede({ memories }: Engine, id: string, content: string): Promise<void> {
  const { batch_id } = await memories.propose({
    changes: [{ op: 'supersede', type: 'decision', supersedes: [id], content }],
  });
  try {
    await memories.decide({ batch_id });
  } catch (error) {
    await memories.decide({ batch_id, decision: 'reject', reason: 'overtaken' });
    throw error;
  }
}

/** What holds now: the search recalls only what is active. */
async function look(): Promise<{ id: string; content: string }> {
  const [hit] = (await engine.search({ query: 'release train changes', detail: 'full' })).hits;
  if (!hit) throw new Error('the release train is gone');
  return { id: hit.uri.replace('memory://', ''), content: hit.snippet ?? '' };
}
