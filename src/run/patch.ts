import * as z from 'zod';
import { demandNone, refusal } from '../errors.js';
import { misfits } from '../schema/misfit.js';
import { MAX_PINNED, type Patchable, PatchableFields, WorkingSet } from '../schema/working-set.js';
import { problemsIn } from '../text/well-formed.js';

type Fields = Readonly<Record<string, unknown>>;

/** A patch as it came; which fields it may name is checked here, not in the tool's schema. */
export type PatchInput = {
  readonly set?: Fields | undefined;
  readonly append?: Fields | undefined;
  readonly remove?: Fields | undefined;
};

/** Applied in this order: fields replaced, entries removed (by id, or the exact string), entries added at the end. */
export type Patch = {
  readonly set: Fields;
  readonly remove: Readonly<Record<string, readonly string[]>>;
  readonly append: Readonly<Record<string, readonly unknown[]>>;
};

const IDENTITY = ['_schema_version', '_update_seq', 'task_id', 'thread_id', 'run_id', 'objective'] as const;
const PATCHABLE = Object.keys(PatchableFields.shape);
const { acceptance_criteria, constraints, artifact_refs, blockers, pinned_context, sliding_context } =
  PatchableFields.shape;
const Lists = z
  .object({ acceptance_criteria, constraints, artifact_refs, blockers, pinned_context, sliding_context })
  .partial();
const LISTS = Object.keys(Lists.shape);

const Shape = z.object({
  set: PatchableFields.partial(),
  append: Lists,
  remove: z.object(
    Object.fromEntries(LISTS.map(name => [name, z.array(z.string().max(8000)).max(1000).optional()])),
  ),
});

/**
 * Checks a patch on its own. A sliding item without a timestamp gets `now` (ISO 8601), without a priority 5.
 * Throws `invalid` naming every field that is wrong.
 */
export function parsePatch({ set = {}, append = {}, remove = {} }: PatchInput, now: string): Patch {
  const patch = { set, append, remove };
  demandNone([...nameProblems(patch), ...problemsIn(patch, 'patch')], REFUSED);
  const dated = (fields: Fields): Fields =>
    Array.isArray(fields.sliding_context)
      ? { ...fields, sliding_context: fields.sliding_context.map(item => withDefaults(item, now)) }
      : fields;
  const parsed = Shape.safeParse({ set: dated(set), append: dated(append), remove }, { reportInput: true });
  if (!parsed.success) throw refusal(misfits(parsed.error), REFUSED);
  const { set: replaced, append: added, remove: removed } = parsed.data;
  return { set: given(replaced), append: given(added), remove: given(removed) };
}

/** Pure: the fields after a patch, whose entries to remove must exist. The fold of the ledger uses it as well. */
export function applyPatch(before: Fields, { set, remove, append }: Patch): Fields {
  const after: Record<string, unknown> = { ...before, ...set };
  for (const [field, names] of Object.entries(remove)) {
    const gone = new Set(names);
    after[field] = entries(after[field]).filter(entry => !gone.has(nameOf(entry)));
  }
  for (const [field, added] of Object.entries(append)) after[field] = [...entries(after[field]), ...added];
  return after;
}

/** The working set after a patch that is known to be sound on its own. Throws `invalid` for what cannot hold there. */
export function patched(before: WorkingSet, patch: Patch): WorkingSet {
  const held: Fields = before;
  const missing = Object.entries(patch.remove).flatMap(([field, names]) => {
    const there = new Set(entries(held[field]).map(nameOf));
    return names
      .filter(name => !there.has(name))
      .map(name => `remove.${field}: there is no ${JSON.stringify(name.slice(0, 100))}`);
  });
  demandNone(missing, REFUSED);
  const parsed = WorkingSet.safeParse(
    { ...applyPatch(held, patch), _update_seq: before._update_seq + 1 },
    { reportInput: true },
  );
  if (!parsed.success) throw refusal(misfits(parsed.error), REFUSED);
  const { pinned_context, sliding_context } = parsed.data;
  const tooMany = pinned_context.length > MAX_PINNED ? [`pinned_context holds more than ${MAX_PINNED}`] : [];
  const twins = [...twice('pinned_context', pinned_context), ...twice('sliding_context', sliding_context)];
  demandNone([...tooMany, ...twins], REFUSED);
  return parsed.data;
}

/** Names of all fields a patch touches. */
export const fieldsOf = ({ set, append, remove }: Partial<Patch>): string[] => [
  ...new Set([...Object.keys(set ?? {}), ...Object.keys(append ?? {}), ...Object.keys(remove ?? {})]),
];

/** Ids of the sliding items a patch brings. */
export function incomingIds({ set, append }: Patch): ReadonlySet<string> {
  return new Set([...entries(set.sliding_context), ...entries(append.sliding_context)].map(nameOf));
}

function nameProblems({
  set,
  append,
  remove,
}: Readonly<Record<'set' | 'append' | 'remove', Fields>>): string[] {
  const strange = (part: string, fields: Fields, allowed: readonly string[]) =>
    Object.keys(fields)
      .filter(name => !allowed.includes(name))
      .map(name => `${part}.${name.slice(0, 100)} ${whyNot(name)}`);
  return [
    ...strange('set', set, PATCHABLE),
    ...strange('append', append, LISTS),
    ...strange('remove', remove, LISTS),
    ...Object.keys(set)
      .filter(name => name in append || name in remove)
      .map(name => `${name} is in set and in append or remove; give one of them`),
  ];
}

function whyNot(name: string): string {
  if (IDENTITY.some(own => own === name)) return 'never changes; open another run with run_open';
  if (PATCHABLE.includes(name)) return 'is no list; use set';
  return `is no field of a working set; there are ${PATCHABLE.join(', ')}`;
}

const withDefaults = (item: unknown, timestamp: string): unknown =>
  typeof item === 'object' && item !== null ? { timestamp, priority: 5, ...item } : item;

const given = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const entries = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A string itself, an object by its id. */
const nameOf = (entry: unknown): string =>
  typeof entry === 'object' && entry !== null && 'id' in entry ? String(entry.id) : String(entry);

function twice(field: keyof Patchable, list: readonly { readonly id: string }[]): string[] {
  const ids = list.map(({ id }) => id);
  return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))].map(
    id => `${field} has two items with the id ${JSON.stringify(id)}; remove the old one in the same patch`,
  );
}

const REFUSED = {
  refused: 'The working set was not changed',
  hint: 'Correct the named fields and call working_set_patch again.',
} as const;
