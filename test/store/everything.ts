import { resolveOptions } from '../../src/config/load.js';
import { composeEngine, type Engine } from '../../src/engine.js';
import { fixedSources } from '../support/connect.js';

const home = { nodes: ['repo:acme/app'], aliases: [] };

export const openFixed = (db: string): Engine =>
  composeEngine(resolveOptions({ db, durability: 'normal' }), { sources: fixedSources(), home });

/** A little of everything that a database can hold. */
export async function fillWithEverything({ memories, call }: Engine): Promise<void> {
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
