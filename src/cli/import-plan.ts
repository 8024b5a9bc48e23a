import type { Known } from '../memory/known.js';
import type { ProposedChange } from '../schema/memory.js';
import { type Addition, type Origin, refused } from './import-file.js';

/** A line of the file and what is known about it here. */
export type Looked = { readonly addition: Addition; readonly known: Known };

export type Plan = {
  readonly changes: readonly ProposedChange[];
  /** Said already, by an active memory or an earlier line. */
  readonly duplicates: number;
  /** Replaced or retired where it was exported. */
  readonly history: number;
};

/**
 * What to propose so that this database says what the file says. A memory that is active here and was replaced there
 * is superseded by what replaced it. Pure. Throws `invalid` for a line that cannot be stored.
 */
export function plan(looked: readonly Looked[]): Plan {
  const additions: { readonly id: string | undefined; readonly change: ProposedChange }[] = [];
  const seen = new Set<string>();
  let duplicates = 0;
  for (const { addition, known } of looked) {
    if ('problems' in known) throw refused(addition.place, known.problems.join('; '));
    if (isHistory(addition)) continue;
    if (known.id !== undefined || seen.has(known.key)) duplicates += 1;
    else additions.push({ id: originOf(addition)?.id, change: addition.change });
    seen.add(known.key);
  }
  const stale = replacedHere(looked);
  const changes = additions.map(({ id, change }) => replacing(change, stale.get(id ?? '') ?? []));
  return { changes, duplicates, history: looked.filter(({ addition }) => isHistory(addition)).length };
}

/** Ids of what is active here and said by the file as well. */
export const saidBy = (looked: readonly Looked[]): ReadonlySet<string> =>
  new Set(looked.flatMap(({ known }) => ('id' in known && known.id !== undefined ? known.id : [])));

const isHistory = ({ origin }: Addition): boolean =>
  typeof origin === 'object' ? origin.status !== 'active' : origin === 'retired';

const originOf = ({ origin }: Addition): Origin | undefined =>
  typeof origin === 'object' ? origin : undefined;

const replacing = (change: ProposedChange, supersedes: readonly string[]): ProposedChange =>
  supersedes.length === 0 ? change : { ...change, op: 'supersede', supersedes: [...supersedes] };

/** The alias table: ids active here, by the exported id of the active memory that replaced them there. */
function replacedHere(looked: readonly Looked[]): Map<string, string[]> {
  const successor = new Map(
    looked.flatMap(({ addition }) => {
      const origin = originOf(addition);
      return origin ? [[origin.id, origin.superseded_by] as const] : [];
    }),
  );
  // What is still current there, or has its successor already, is not replaced here.
  const settled = new Set(
    looked.flatMap(({ addition, known }) =>
      !isHistory(addition) && 'id' in known && known.id ? known.id : [],
    ),
  );
  const aliases = new Map<string, string[]>();
  for (const { addition, known } of looked) {
    const origin = originOf(addition);
    if (
      origin?.status !== 'superseded' ||
      !('id' in known) ||
      known.id === undefined ||
      settled.has(known.id)
    )
      continue;
    settled.add(known.id);
    const last = lastOf(origin.id, successor);
    aliases.set(last, [...(aliases.get(last) ?? []), known.id]);
  }
  return aliases;
}

/** Follows who replaced whom; a hash does not keep a hand-made file from going in circles. */
function lastOf(id: string, successor: ReadonlyMap<string, string | null>): string {
  const passed = new Set<string>();
  let last = id;
  for (let next = successor.get(last); next && !passed.has(next); next = successor.get(last)) {
    passed.add(next);
    last = next;
  }
  return last;
}
