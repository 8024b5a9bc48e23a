import type { Memory, MemoryBody } from '../schema/memory.js';
import { normalise } from '../scope.js';
import { allBatches } from '../store/batches.js';
import { streamEvents } from '../store/events.js';
import { allReplies } from '../store/idempotency.js';
import { allMemoryRows, allStates, type MemoryRow } from '../store/memory-rows.js';
import { type IndexRow, indexRows } from '../store/memory-text.js';
import { allScopes, scopeIndex } from '../store/scopes.js';
import type { Finding, Reader } from '../store/store.js';
import { canonicalJson, sha256 } from '../text/hash.js';
import { EventFold, type FoldedState } from './fold.js';
import { fingerprint, indexedText } from './index-text.js';

const REBUILD = 'Export what can be read with `mintmark export` and import it into a new database.';

/** Compares every row about memories with what the ledger and the bodies say it must be. Returns what differs. */
export async function verifyMemories(reader: Reader): Promise<Finding[]> {
  const fold = new EventFold();
  for (let after = 0; ; ) {
    const events = await streamEvents(reader, 'memory', { after });
    for (const event of events) fold.apply(event);
    const last = events.at(-1);
    if (!last) break;
    after = last.sequence;
  }
  return [
    ...(await verifyRows(reader, fold)),
    ...(await verifyIndex(reader)),
    ...(await verifyBatches(reader, fold)),
    ...(await verifyStates(reader, fold)),
    ...(await verifyScopes(reader)),
    ...(await verifyReplies(reader)),
  ];
}

async function verifyRows(reader: Reader, fold: EventFold): Promise<Finding[]> {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for await (const row of rows(reader)) {
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
  const expected: Record<string, unknown> = {
    ...folded,
    type: body.type,
    trust: body.trust,
    importance: body.importance,
    valid_from: body.valid_from,
    valid_to: body.valid_to,
    fingerprint: fingerprint(body.content),
    scope_key: canonicalJson(normalise(body)),
  };
  const actual: Record<string, unknown> = row;
  const name = Object.keys(expected).find(key => actual[key] !== expected[key]);
  return name && `${name} is ${String(actual[name])}, expected ${String(expected[name])}`;
}

async function verifyIndex(reader: Reader): Promise<Finding[]> {
  const findings: Finding[] = [];
  const indexed = new Map<number, IndexRow>();
  for (let after = 0; ; ) {
    const page = await indexRows(reader, after, 1000);
    for (const row of page) indexed.set(row.number, row);
    const last = page.at(-1);
    if (!last) break;
    after = last.number;
  }
  for await (const row of rows(reader)) {
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
  const batches = new Map((await allBatches(reader)).map(batch => [batch.id, canonicalJson(batch)]));
  const expected = new Map([...fold.batches].map(([id, batch]) => [id, canonicalJson(batch)]));
  return compare('batch', batches, expected);
}

async function verifyStates(reader: Reader, fold: EventFold): Promise<Finding[]> {
  const stored = new Map(
    (await allStates(reader)).map(row => [`${row.memory_id} at event ${row.sequence}`, canonicalJson(row)]),
  );
  const expected = new Map(
    fold.states.map(row => [`${row.memory_id} at event ${row.sequence}`, canonicalJson(row)]),
  );
  return compare('memory state', stored, expected);
}

async function verifyScopes(reader: Reader): Promise<Finding[]> {
  const scopes = await allScopes(reader);
  const indexed = (await scopeIndex(reader)).map(({ scope_id, kind, name }) => [
    `${scope_id} ${kind} ${name}`,
    '',
  ]);
  const expected = scopes.flatMap(({ id, graph_nodes, tags }) => [
    ...names(graph_nodes).map(name => [`${id} node ${name}`, '']),
    ...names(tags).map(name => [`${id} tag ${name}`, '']),
  ]);
  const keys = scopes.flatMap(scope =>
    scope.key === canonicalJson({ graph_nodes: names(scope.graph_nodes), tags: names(scope.tags) })
      ? []
      : [{ check: 'scope', found: `scope ${scope.id} was altered`, advice: REBUILD }],
  );
  return [...keys, ...compare('scope', new Map(pairs(indexed)), new Map(pairs(expected)))];
}

function names(json: string): string[] {
  const parsed: string[] = JSON.parse(json);
  return parsed;
}

const pairs = (entries: readonly string[][]): [string, string][] =>
  entries.map(([key = '', value = '']) => [key, value]);

async function verifyReplies(reader: Reader): Promise<Finding[]> {
  const altered = (await allReplies(reader)).filter(row => sha256(row.reply) !== row.reply_hash);
  return altered.map(({ tool, key }) => ({
    check: 'idempotency',
    found: `the reply stored for ${tool} "${key}" was altered`,
    advice: 'It is forgotten after a few days; do not repeat that key.',
  }));
}

function compare(
  check: string,
  stored: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
): Finding[] {
  const wrong = [...new Set([...stored.keys(), ...expected.keys()])].filter(
    key => stored.get(key) !== expected.get(key),
  );
  return wrong.map(key => ({
    check,
    found: `${key}: stored ${stored.get(key) ?? 'nothing'}, the ledger says ${expected.get(key) ?? 'nothing'}`,
    advice: REBUILD,
  }));
}

async function* rows(reader: Reader): AsyncGenerator<MemoryRow> {
  for (let after = 0; ; ) {
    const page = await allMemoryRows(reader, after, 1000);
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.number;
  }
}
