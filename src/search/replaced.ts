import { memoryNumbers, successions } from '../store/memories.js';
import {
  type FoundMemory,
  type MemoryFilter,
  passingMemories,
  searchText,
  type TextMatch,
} from '../store/memory-text.js';
import type { Reader } from '../store/store.js';
import { type Matches, type Most, matchesOf } from './families.js';

/** With what a memory replaced, where that was found too. */
type Heir = FoundMemory & { readonly replaced?: readonly FoundMemory[] };

/**
 * The best matches among memories, where one that was replaced speaks for what replaced it: who asks for the weight
 * means "is down to 78 kilos", though only the statement before said "weighs".
 */
export async function throughReplaced(
  reader: Reader,
  filter: MemoryFilter,
  { match, ...most }: Most & { readonly match: TextMatch },
): Promise<Matches<Heir>> {
  const { statuses } = filter;
  if (most.among || !statuses.includes('active') || statuses.includes('superseded'))
    return matchesOf(await searchText(reader, { match, filter, ...most }));
  const wide = { ...filter, statuses: [...statuses, 'superseded' as const] };
  const { rows, matches } = matchesOf(
    await searchText(reader, { match, filter: wide, counted: statuses, ...most }),
  );
  const replaced = rows.filter(({ status }) => status === 'superseded');
  if (replaced.length === 0) return { rows, matches };
  const found = new Map<string, Heir>();
  for (const row of rows) if (row.status !== 'superseded') found.set(row.id, row);
  for (const [heir, before] of await heirsOf(reader, filter, replaced)) {
    const raw = Math.max(found.get(heir.id)?.raw ?? 0, ...before.map(one => one.raw));
    found.set(heir.id, { ...heir, raw, replaced: before });
  }
  const heirs = [...found.values()].sort(
    (left, right) => right.raw - left.raw || (left.id < right.id ? -1 : 1),
  );
  return { rows: heirs, matches: Math.max(heirs.length, matches) };
}

/** What passes the filter, each with those of the rows that it replaced, directly or over others. */
async function heirsOf(reader: Reader, filter: MemoryFilter, replaced: readonly FoundMemory[]) {
  const steps = await successions(
    reader,
    replaced.map(({ id }) => id),
  );
  const next = new Map(steps.map(({ id, successor }) => [id, successor]));
  const numbers = await memoryNumbers(reader, [...new Set(next.values())]);
  const passing = new Map((await passingMemories(reader, filter, numbers)).map(heir => [heir.id, heir]));
  const heirs = new Map<Omit<FoundMemory, 'raw'>, FoundMemory[]>();
  for (const row of replaced) {
    let id = next.get(row.id);
    // Counted, since a damaged file may hold a circle.
    for (let left = next.size; id !== undefined && !passing.has(id) && left > 0; left -= 1) id = next.get(id);
    const heir = passing.get(id ?? '');
    if (heir) heirs.set(heir, [...(heirs.get(heir) ?? []), row]);
  }
  return heirs;
}
