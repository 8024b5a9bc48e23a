import { canonicalJson } from '../text/hash.js';

/** Every kind of id that mintmark gives. */
const ID = /(?<![0-9A-Za-z_])(?:mem|bat|med|run|epi|ses|msg|sum|blob|imp)_[0-9a-f]{32}(?![0-9A-Za-z_])/g;

/** The ids in a text, each once. */
export const idsIn = (text: string): ReadonlySet<string> => new Set(text.match(ID) ?? []);

/** The ids anywhere in values, each once and sorted. */
export function idsOf(values: Iterable<unknown>): readonly string[] {
  const ids = new Set<string>();
  for (const value of values) for (const id of idsIn(unescaped(canonicalJson(value)))) ids.add(id);
  return [...ids].sort();
}

/** A line break before an id is `\\n` in JSON, whose letter would hide it. */
const unescaped = (json: string): string => json.replace(/\\(?:u[0-9a-f]{4}|.)/g, ' ');

/** A text whose ids are those that things have here, as far as they are known. */
export const renamed = (text: string, known: ReadonlyMap<string, string>): string =>
  text.replace(ID, id => known.get(id) ?? id);

/**
 * What each id of elsewhere is called here: total, so that nothing in what was imported leads nowhere. What became
 * something here has that thing's id; the rest gets an id of its own that nothing else has.
 */
export const aliasTable = (
  foreign: readonly string[],
  known: ReadonlyMap<string, string>,
  newId: (prefix: string) => string,
): ReadonlyMap<string, string> =>
  new Map([...new Set([...foreign, ...known.keys()])].map(id => [id, known.get(id) ?? newId(prefixOf(id))]));

const prefixOf = (id: string): string => id.slice(0, id.indexOf('_'));
