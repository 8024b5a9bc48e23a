import { openNouns } from '../passage/read.js';
import { type MemoryFilter, scanContents } from '../store/memory-text.js';
import { type PassageFilter, scanPassages } from '../store/passage-text.js';
import type { Store } from '../store/store.js';
import type { Candidate, Found } from './candidates.js';
import { type Filter, LAST_ID, NEUTRAL_IMPORTANCE, NEWEST } from './families.js';
import { PatternSearch } from './regex.js';

export type Scan = { readonly namespace: string; readonly filter: Filter };

/** What a pattern is matched against, and what stands for it when it matches. */
type Text = { readonly text: string; readonly candidate: Candidate };

const PAGE = 500;
/** Parts of one blob are read together, so that a page opens few; each may have megabytes. */
const BLOB_PARTS = 50;

/** What matches a regular expression of the caller's. */
export async function byPattern(
  store: Store,
  source: string,
  { timeoutMs, ...scan }: Scan & { readonly timeoutMs: number },
): Promise<Found> {
  await using pattern = new PatternSearch(source, timeoutMs);
  return await scanned(store, pattern, scan);
}

/** What holds any of some strings, as a pattern of `literal`: it takes no longer than the texts are long, so no worker. */
export function byLiteral(store: Store, source: string, scan: Scan): Promise<Found> {
  const pattern = new RegExp(source, 'u');
  const match = async (texts: readonly string[]) => texts.map(text => pattern.exec(text)?.[0] ?? null);
  return scanned(store, { match }, scan);
}

/**
 * Each page is a read of its own, so that nobody waits for a slow pattern. Of a noun in parts the first that matches
 * stands for it.
 */
async function scanned(
  store: Store,
  pattern: Pick<PatternSearch, 'match'>,
  { namespace, filter }: Scan,
): Promise<Found> {
  const candidates = new Map<string, Candidate>();
  const matched: string[] = [];
  for await (const page of pages(store, namespace, filter)) {
    const matches = await pattern.match(page.map(({ text }) => text));
    for (const [index, match] of matches.entries()) {
      const found = page[index];
      if (match === null || !found || !isFirst(candidates.get(found.candidate.id), found.candidate)) continue;
      candidates.set(found.candidate.id, found.candidate);
      if (matched.length < 16) matched.push(match);
    }
  }
  return { blocks: [[...candidates.values()]], matches: candidates.size, terms: matched };
}

/** The newest come first, and so the last parts. */
const isFirst = (known: Candidate | undefined, candidate: Candidate): boolean =>
  !known || (known.kind !== 'memory' && candidate.kind !== 'memory' && candidate.part < known.part);

async function* pages(
  store: Store,
  namespace: string,
  { memories, passages }: Filter,
): AsyncGenerator<Text[]> {
  if (memories) yield* memoryPages(store, namespace, memories);
  if (!passages) return;
  const small = passages.kinds.filter(kind => kind !== 'blob');
  const large = passages.kinds.filter(kind => kind === 'blob');
  for (const [kinds, limit] of [
    [small, PAGE],
    [large, BLOB_PARTS],
  ] as const)
    if (kinds.length > 0) yield* passagePages(store, namespace, { filter: { ...passages, kinds }, limit });
}

async function* memoryPages(store: Store, namespace: string, filter: MemoryFilter): AsyncGenerator<Text[]> {
  for (let beforeId = LAST_ID; ; ) {
    const from = beforeId;
    const rows = await store.read(namespace, reader =>
      scanContents(reader, filter, { beforeId: from, limit: PAGE }),
    );
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(row => ({ text: row.content, candidate: { ...row, kind: 'memory', raw: 0 } }));
    beforeId = last.id;
  }
}

async function* passagePages(
  store: Store,
  namespace: string,
  { filter, limit }: { readonly filter: PassageFilter; readonly limit: number },
): AsyncGenerator<Text[]> {
  for (let below = NEWEST; ; ) {
    const from = below;
    const { rows, nouns } = await store.read(namespace, async reader => {
      const found = await scanPassages(reader, filter, { below: from, limit, parts: 'all' });
      const owners = found.map(({ kind, id }) => ({ kind, owner: id }));
      return { rows: found, nouns: await openNouns(reader, owners) };
    });
    const last = rows.at(-1);
    if (!last) return;
    yield rows.flatMap(row => {
      const text = nouns.get(row.id)?.pieces[row.part]?.text ?? '';
      const candidate = { ...row, raw: 0, importance: NEUTRAL_IMPORTANCE, superseded_by: null };
      return text === '' ? [] : { text, candidate };
    });
    below = last.number;
  }
}
