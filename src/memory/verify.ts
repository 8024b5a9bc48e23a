import type { Batch, Memory, MemoryBody } from '../schema/memory.js';
import type { Scope } from '../schema/scope.js';
import { normalise } from '../scope.js';
import { allBatches } from '../store/batches.js';
import { columnDiffering, differences, keyed, REBUILD } from '../store/differences.js';
import { wholeStream } from '../store/events.js';
import { everyRow } from '../store/every-row.js';
import { allMemoryRows, allStates, type MemoryRow, type StateRow } from '../store/memory-rows.js';
import { type IndexRow, indexRows } from '../store/memory-text.js';
import { allScopes, type ScopeIndexRow, type ScopeRow, scopeIndex } from '../store/scopes.js';
import type { Finding, Reader } from '../store/store.js';
import { canonicalJson } from '../text/hash.js';
import { EventFold, type FoldedState } from './fold.js';
import { fingerprint, indexedText } from './index-text.js';

/** Replays the memory stream. */
export async function foldMemories(reader: Reader): Promise<EventFold> {
  const fold = new EventFold();
  for await (const event of wholeStream(reader, 'memory')) fold.apply(event);
  return fold;
}

/** Compares every row about memories with what the ledger and the bodies say it must be. Returns what differs. */
export async function verifyMemories(reader: Reader, fold: EventFold): Promise<Finding[]> {
  return [
    ...(await verifyRows(reader, fold)),
    ...(await verifyIndex(reader)),
    ...(await verifyBatches(reader, fold)),
    ...(await verifyStates(reader, fold)),
    ...(await verifyScopes(reader)),
  ];
}

async function verifyRows(reader: Reader, fold: EventFold): Promise<Finding[]> {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for await (const row of allMemoryRows(reader)) {
    seen.add(row.id);
    const differs = rowDifference(row, fold.memories.get(row.id));
    if (differs) findings.push({ check: 'memory', found: `${row.id}: ${differs}`, advice: REBUILD });
  }
  for (const id of fold.memories.keys())
    if (!seen.has(id))
      findings.push({ check: 'memory', found: `${id} is in the ledger and has no row`, advice: REBUILD });
  return findings;
}

function rowDifference(row: MemoryRow, folded: FoldedState | undefined): string | undefined {
  if (!folded) return 'the ledger does not know it';
  if (row.content === null) return 'its body is missing';
  const body: MemoryBody = JSON.parse(row.content);
  return columnDiffering(row, {
    ...folded,
    type: body.type,
    trust: body.trust,
    importance: body.importance,
    valid_from: body.valid_from,
    valid_to: body.valid_to,
    fingerprint: fingerprint(body.content),
    scope_key: canonicalJson(normalise(body)),
  });
}

async function verifyIndex(reader: Reader): Promise<Finding[]> {
  const findings: Finding[] = [];
  const indexed = new Map<number, IndexRow>();
  const texts = everyRow({ by: 'number', from: 0 }, after => indexRows(reader, after, 1000));
  for await (const row of texts) indexed.set(row.number, row);
  for await (const row of allMemoryRows(reader)) {
    const found = indexed.get(row.number);
    indexed.delete(row.number);
    const body: Memory | undefined = row.content === null ? undefined : JSON.parse(row.content);
    if (body && !sameText(found, { number: row.number, ...indexedText(body) }))
      findings.push({
        check: 'search index',
        found: `${row.id} is indexed otherwise than a rebuild would`,
        advice: REBUILD,
      });
  }
  for (const number of indexed.keys())
    findings.push({ check: 'search index', found: `row ${number} belongs to no memory`, advice: REBUILD });
  return findings;
}

const sameText = (found: IndexRow | undefined, expected: IndexRow): boolean =>
  found?.own === expected.own && found.context === expected.context && found.scope === expected.scope;

async function verifyBatches(reader: Reader, fold: EventFold): Promise<Finding[]> {
  const name = ({ id }: Batch) => id;
  const [stored, expected] = [await allBatches(reader), [...fold.batches.values()]];
  return differences(keyed(stored, name), keyed(expected, name), { check: 'batch' });
}

async function verifyStates(reader: Reader, fold: EventFold): Promise<Finding[]> {
  const name = ({ memory_id, sequence }: StateRow) => `${memory_id} at event ${sequence}`;
  const stored = await allStates(reader);
  return differences(keyed(stored, name), keyed(fold.states, name), { check: 'memory state' });
}

/** A scope's key says what else there is of it. Whether the key is right, the memories' bodies say. */
async function verifyScopes(reader: Reader): Promise<Finding[]> {
  const scopes = await allScopes(reader);
  const stored = [...scopes, ...(await scopeIndex(reader))];
  const expected = scopes.flatMap(({ id, key }) => scopeRows(id, JSON.parse(key)));
  const name = (row: ScopeRow | ScopeIndexRow) => canonicalJson(row);
  return differences(keyed(stored, name), keyed(expected, name), { check: 'scope' });
}

function scopeRows(id: number, parsed: Scope): (ScopeRow | ScopeIndexRow)[] {
  const { graph_nodes, tags } = normalise(parsed);
  return [
    {
      id,
      key: canonicalJson({ graph_nodes, tags }),
      graph_nodes: canonicalJson(graph_nodes),
      tags: canonicalJson(tags),
    },
    ...graph_nodes.map(name => ({ scope_id: id, kind: 'node', name })),
    ...tags.map(name => ({ scope_id: id, kind: 'tag', name })),
  ];
}
