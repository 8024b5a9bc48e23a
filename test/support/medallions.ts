import { strike } from '../../src/checkpoint/strike.js';
import type { Medallion } from '../../src/schema/medallion.js';
import type { Scope } from '../../src/schema/scope.js';
import type { Sources } from '../../src/sources.js';
import { internScope } from '../../src/store/scopes.js';
import type { Store } from '../../src/store/store.js';
import { formatTime } from '../../src/text/time.js';

/** First versions of medallions of these scopes, each of its own, in transactions of a thousand. Returns their ids. */
export async function strikeMany(
  store: Store,
  sources: Sources,
  scopes: readonly Scope[],
): Promise<string[]> {
  const ids = scopes.map(() => sources.newId('med'));
  for (let from = 0; from < scopes.length; from += 1000)
    await store.write('default', async writer => {
      for (const [index, scope] of scopes.slice(from, from + 1000).entries()) {
        const at = sources.now();
        const medallion = plain(ids[from + index] ?? '', scope, at);
        const evidence = { session_summary: 'Struck for a test.', transcripts: [], artefacts: {} };
        const scopeId = await internScope(writer, scope);
        await strike(writer, sources, { medallion, evidence, at, scopeId, superseded: [] });
      }
    });
  return ids;
}

const plain = (id: string, { graph_nodes, tags }: Scope, at: number): Medallion => ({
  meta: {
    medallion_id: id,
    schema_version: 'medallion.v1',
    version: 1,
    model: 'test',
    created_at: formatTime(at),
    updated_at: formatTime(at),
    knowledge_min_ts: formatTime(at),
    knowledge_max_ts: formatTime(at),
    run_id: null,
    evidence: `${id}/evidence/1`,
    trust: 'agent',
  },
  scope: { graph_nodes: [...graph_nodes], tags: [...tags] },
  summary: { high_level: `About ${graph_nodes.join(' and ')}.`, subsystems: [] },
  decisions: [],
  open_questions: [],
  resolved_questions: [],
  retracted_decisions: [],
  affordances: { recommended_entry_points: [], avoid_repeating: [], invariants: [] },
});
