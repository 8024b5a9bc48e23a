import { demandNone } from '../errors.js';
import { normalisedText } from '../memory/compare.js';
import type { Checkpoint, Medallion } from '../schema/medallion.js';

/** What a medallion says, without where it comes from. */
export type Content = Pick<
  Medallion,
  'summary' | 'decisions' | 'open_questions' | 'resolved_questions' | 'retracted_decisions' | 'affordances'
>;

/** What a checkpoint says about it. */
export type Change = Pick<
  Checkpoint,
  | 'high_level'
  | 'subsystems'
  | 'decisions'
  | 'open_questions'
  | 'resolved_questions'
  | 'retracted_decisions'
  | 'recommended_entry_points'
  | 'avoid_repeating'
  | 'invariants'
>;

type Decision = Content['decisions'][number];
type Question = Content['open_questions'][number];
type Answered = Content['resolved_questions'][number];

/** Before the first checkpoint. */
export const NOTHING: Content = {
  summary: { high_level: '', subsystems: [] },
  decisions: [],
  open_questions: [],
  resolved_questions: [],
  retracted_decisions: [],
  affordances: { recommended_entry_points: [], avoid_repeating: [], invariants: [] },
};

/**
 * The next version's content. Decisions and questions keep their ids and are matched by id, else by normalised text;
 * subsystems by name. Lists of affordances and the high level are replaced when given. What is omitted stays. The same
 * change again gives the same content.
 * Throws `invalid` with every id that is unknown or given twice.
 */
export function merge(base: Content, change: Change): Content {
  const decisions = mergeDecisions(base, change);
  const questions = mergeQuestions(base, change);
  demandNone([...decisions.problems, ...questions.problems], {
    refused: 'No version was made',
    hint: 'Correct the ids and call checkpoint again; load_by_scope or fetch shows the current ones.',
  });
  const { affordances: kept } = base;
  return {
    summary: {
      high_level: change.high_level ?? base.summary.high_level,
      subsystems: mergeSubsystems(base.summary.subsystems, change.subsystems ?? []),
    },
    decisions: decisions.kept,
    retracted_decisions: decisions.retracted,
    open_questions: questions.open,
    resolved_questions: questions.resolved,
    affordances: {
      recommended_entry_points: change.recommended_entry_points ?? kept.recommended_entry_points,
      avoid_repeating: change.avoid_repeating ?? kept.avoid_repeating,
      invariants: change.invariants ?? kept.invariants,
    },
  };
}

function mergeDecisions(base: Content, { decisions = [], retracted_decisions = [] }: Change) {
  const { items, touched } = upsert(base.decisions, decisions, {
    textOf: ({ statement }) => statement,
    merged: (id, { statement, rationale, confidence }, old?: Decision): Decision => ({
      id,
      statement,
      rationale: rationale ?? old?.rationale ?? '',
      confidence: confidence ?? old?.confidence ?? 0.8,
    }),
    prefix: 'D',
    retired: base.retracted_decisions.map(id => ({ id, text: undefined })),
  });
  const retracted = new Set(base.retracted_decisions.filter(id => !items.has(id)));
  const problems = repeated('decisions', decisions);
  for (const id of retracted_decisions) {
    if (touched.has(id)) problems.push(`decision ${id} is both given and retracted`);
    else if (!items.has(id) && !retracted.has(id))
      problems.push(`there is no decision ${id}; ${named('decisions', items.keys())}`);
    items.delete(id);
    retracted.add(id);
  }
  return { kept: [...items.values()], retracted: [...retracted], problems };
}

function mergeQuestions(base: Content, { open_questions = [], resolved_questions = [] }: Change) {
  const { items: open } = upsert(base.open_questions, open_questions, {
    textOf: ({ question }) => question,
    merged: (id, { question, blocked_on, priority }, old?: Question): Question => ({
      id,
      question,
      blocked_on: blocked_on ?? old?.blocked_on ?? [],
      priority: priority ?? old?.priority ?? 'medium',
    }),
    prefix: 'Q',
    // What is asked again is open again, under its old id.
    retired: base.resolved_questions.map(({ id, question }) => ({ id, text: question })),
  });
  const resolved = new Map(base.resolved_questions.map(answered => [answered.id, answered]));
  const problems = [
    ...repeated('open_questions', open_questions),
    ...repeated('resolved_questions', resolved_questions),
  ];
  for (const { id, answer } of resolved_questions) {
    const question = (open.get(id) ?? resolved.get(id))?.question;
    if (question === undefined)
      problems.push(`there is no question ${id}; ${named('open questions', open.keys())}`);
    else resolved.set(id, { id, question, answer });
    open.delete(id);
  }
  const closed: Answered[] = [...resolved.values()].filter(({ id }) => !open.has(id));
  return { open: [...open.values()], resolved: closed, problems };
}

type Rule<Item, Given> = {
  readonly textOf: (one: Item | Given) => string;
  readonly merged: (id: string, given: Given, old?: Item) => Item;
  readonly prefix: 'D' | 'Q';
  /** Ids that are taken, though nothing in the list has them any more. */
  readonly retired: readonly { readonly id: string; readonly text: string | undefined }[];
};

/** Known ids first, so that a text is never matched with what the same call rewords. */
function upsert<Item extends { readonly id: string }, Given extends { readonly id?: string | undefined }>(
  base: readonly Item[],
  given: readonly Given[],
  { textOf, merged, prefix, retired }: Rule<Item, Given>,
): { items: Map<string, Item>; touched: ReadonlySet<string> } {
  const items = new Map(base.map(item => [item.id, item]));
  const touched = new Set<string>();
  const put = (id: string, one: Given) => {
    items.set(id, merged(id, one, items.get(id)));
    touched.add(id);
  };
  const isKnown = ({ id }: Given) =>
    id !== undefined && (items.has(id) || retired.some(old => old.id === id));
  const [known, other] = [given.filter(isKnown), given.filter(one => !isKnown(one))];
  for (const one of known) put(one.id ?? '', one);
  const idOfText = firstIds([
    ...retired.filter(({ id }) => !items.has(id)),
    ...[...items.values()].map(item => ({ id: item.id, text: textOf(item) })),
  ]);
  const nextId = counter(
    prefix,
    [...base, ...retired, ...given].flatMap(({ id }) => id ?? []),
  );
  for (const one of other) {
    const key = keyOf(textOf(one));
    const id = idOfText.get(key) ?? one.id ?? nextId();
    put(id, one);
    idOfText.set(key, id);
  }
  return { items, touched };
}

/** Of several with one text always the same id, whether open or not: closing one must not make a repeat choose another. */
function firstIds(texts: readonly { readonly id: string; readonly text: string | undefined }[]) {
  const ids = new Map<string, string>();
  for (const { id, text } of texts) {
    const key = text === undefined ? undefined : keyOf(text);
    if (key !== undefined && id < (ids.get(key) ?? '\uffff')) ids.set(key, id);
  }
  return ids;
}

/** A text of nothing but punctuation is its own key. */
const keyOf = (text: string): string => normalisedText(text) || text;

/** `D-001`, `D-002` … after the highest number that was ever taken. */
function counter(prefix: string, taken: readonly string[]): () => string {
  let last = Math.max(0, ...taken.map(id => Number(/^[DQ]-(\d{1,9})$/.exec(id)?.[1] ?? 0)));
  const used = new Set(taken);
  const next = (): string => {
    last += 1;
    const id = `${prefix}-${String(last).padStart(3, '0')}`;
    return used.has(id) ? next() : id;
  };
  return next;
}

type Subsystem = Content['summary']['subsystems'][number];

function mergeSubsystems(base: readonly Subsystem[], given: NonNullable<Change['subsystems']>): Subsystem[] {
  const byName = new Map(base.map(subsystem => [keyOf(subsystem.name), subsystem]));
  for (const { name, status, notes } of given) {
    const old = byName.get(keyOf(name));
    byName.set(keyOf(name), {
      name,
      status: status ?? old?.status ?? 'unknown',
      notes: notes ?? old?.notes ?? '',
    });
  }
  return [...byName.values()];
}

function repeated(list: string, given: readonly { readonly id?: string | undefined }[]): string[] {
  const ids = given.flatMap(({ id }) => id ?? []);
  return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))].map(
    id => `${list} has ${id} more than once`,
  );
}

function named(what: string, ids: Iterable<string>): string {
  const known = [...ids];
  return known.length === 0 ? `it has no ${what}` : `its ${what} are ${known.join(', ')}`;
}
