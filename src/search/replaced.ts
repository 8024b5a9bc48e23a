import { memoryNumbers, successions } from '../store/memories.js';
import { type FoundMemory, type MemoryFilter, passingMemories, searchText } from '../store/memory-text.js';
import type { Reader } from '../store/store.js';
import type { Most } from './families.js';

/** With the row numbers of what a memory replaced, where that was found too. */
type Heir = FoundMemory & { readonly replaced?: readonly number[] };

/**
 * The best matches among memories, where one that was replaced speaks for what replaced it: who asks for the weight
 * means "is down to 78 kilos", though only the statement before said "weighs".
 */
export async function throughReplaced(
  reader: Reader,
  filter: MemoryFilter,
  { match, ...most }: Most & { readonly match: string },
): Promise<Heir[]> {
  const { statuses } = filter;
  if (most.among || !statuses.includes('active') || statuses.includes('superseded'))
    return searchText(reader, { match, filter, ...most });
  const wide = { ...filter, statuses: [...statuses, 'superseded' as const] };
  const rows = await searchText(reader, { match, filter: wide, ...most });
  const replaced = rows.filter(({ status }) => status === 'superseded');
  if (replaced.length === 0) return rows;
  const found = new Map<string, Heir>();
  for (const row of rows) if (row.status !== 'superseded') found.set(row.id, row);
  const lent = await lentTo(reader, replaced);
  for (const heir of await passingMemories(reader, filter, await memoryNumbers(reader, [...lent.keys()]))) {
    const before = lent.get(heir.id) ?? [];
    const raw = Math.max(found.get(heir.id)?.raw ?? 0, ...before.map(one => one.raw));
    found.set(heir.id, { ...heir, raw, replaced: before.map(({ number }) => number) });
  }
  return [...found.values()].sort((left, right) => right.raw - left.raw || (left.id < right.id ? -1 : 1));
}

/** By successor those of the rows that it replaced, directly or over others. */
async function lentTo(reader: Reader, replaced: readonly FoundMemory[]): Promise<Map<string, FoundMemory[]>> {
  const rows = new Map(replaced.map(row => [row.id, row]));
  const lent = new Map<string, FoundMemory[]>();
  for (const { id, successor } of await successions(reader, [...rows.keys()])) {
    const row = rows.get(id);
    if (row) lent.set(successor, [...(lent.get(successor) ?? []), row]);
  }
  return lent;
}
