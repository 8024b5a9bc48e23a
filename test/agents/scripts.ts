import type { Call, Script } from './scripted-model.js';

const mintmark = (tool: string, args: Call['args'] = {}): Call => ({ server: 'mintmark', tool, args });

export const DECISION = 'Atlas keeps its events in PostgreSQL since the March outage.';
export const SUMMARY = 'The event store of Atlas is chosen; its migration is next.';

/** First window: what a result says is what the next call needs, so that it must have reached the model. */
export function* work(): Script {
  const proposed = yield mintmark('memory_propose', { changes: [{ type: 'decision', content: DECISION }] });
  const [batchId] = /bat_[0-9a-f]{32}/.exec(proposed) ?? [];
  if (!batchId) return 'There was no batch_id.';
  const committed = yield mintmark('memory_commit', { batch_id: batchId });
  const [memoryId] = /mem_[0-9a-f]{32}/.exec(committed) ?? [];
  if (!memoryId) return 'There was no memory id.';
  const found = yield mintmark('search', { query: 'Where does Atlas keep its events?' });
  if (!found.includes(memoryId) || !found.includes(DECISION)) return 'It was not found.';
  const saved = yield mintmark('checkpoint', {
    session_summary: SUMMARY,
    decisions: [{ statement: DECISION, rationale: 'One store to run.' }],
    open_questions: [{ question: 'Who migrates the old events?' }],
  });
  return /med_[0-9a-f]{32}/.test(saved) ? 'DONE' : 'It was not saved.';
}

/** A new window that knows nothing. */
export function* resume(): Script {
  const loaded = yield mintmark('load_by_scope');
  if (!loaded.includes(SUMMARY)) return 'The summary was not loaded.';
  return loaded.includes(DECISION) ? 'DONE' : 'The decision was not loaded.';
}
