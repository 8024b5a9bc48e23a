import { canonicalJson } from '../text/hash.js';
import type { Content } from './merge.js';

/** Ids, for subsystems names, for the rest field names. */
export type ListChange = {
  readonly added?: readonly string[];
  readonly updated?: readonly string[];
  readonly removed?: readonly string[];
};

export type Changed = Readonly<Record<string, ListChange>>;

/** What differs between two versions, list by list. */
export function differing(before: Content, after: Content): Changed {
  const [old, now] = [listsOf(before), listsOf(after)];
  return Object.fromEntries(
    Object.keys(now).flatMap(name => {
      const change = listChange(old[name] ?? new Map(), now[name] ?? new Map());
      return Object.keys(change).length === 0 ? [] : [[name, change] as const];
    }),
  );
}

/** The same in words: `decisions: added D-002; summary: updated high_level`. */
export const describeChanges = (changed: Changed): string =>
  Object.entries(changed)
    .map(([name, change]) => {
      const parts = Object.entries(change).map(([how, ids]) => `${how} ${ids.join(', ')}`);
      return `${name}: ${parts.join(', ')}`;
    })
    .join('; ') || 'nothing but its evidence';

type List = ReadonlyMap<string, unknown>;

function listsOf(content: Content): Readonly<Record<string, List>> {
  const { summary, affordances } = content;
  const fields = (object: object): List =>
    new Map(Object.entries(object).filter(([, value]) => value !== '' && String(value) !== ''));
  const byId = (list: readonly { readonly id: string }[]): List => new Map(list.map(one => [one.id, one]));
  return {
    summary: fields({ high_level: summary.high_level }),
    subsystems: new Map(summary.subsystems.map(one => [one.name, one])),
    decisions: byId(content.decisions),
    open_questions: byId(content.open_questions),
    resolved_questions: byId(content.resolved_questions),
    affordances: fields(affordances),
  };
}

function listChange(before: List, after: List): ListChange {
  const added = [...after.keys()].filter(id => !before.has(id));
  const removed = [...before.keys()].filter(id => !after.has(id));
  const updated = [...after.keys()].filter(
    id => before.has(id) && canonicalJson(before.get(id)) !== canonicalJson(after.get(id)),
  );
  return {
    ...(added.length > 0 && { added }),
    ...(updated.length > 0 && { updated }),
    ...(removed.length > 0 && { removed }),
  };
}
