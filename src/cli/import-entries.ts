import * as z from 'zod';
import { MemoryType, type ProposedChange } from '../schema/memory.js';
import { cut } from '../text/shorten.js';
import { formatTime, parseTime } from '../text/time.js';

/** Where exports of other memories keep what they hold: mem0, OpenMemory, memory-keeper, mcp-memory-service, Letta, Graphiti. */
const LISTS = ['memories', 'results', 'contextItems', 'facts', 'edges', 'observations', 'passages', 'blocks'];
const TEXTS = ['memory', 'content', 'fact', 'text', 'value', 'narrative'];
const TITLES = ['title', 'key', 'label'];
const TYPES = ['type', 'memory_type', 'category'];
const TAGS = ['tags', 'categories', 'category'];
const ABOUT = ['user', 'agent', 'project'];
/** Unix seconds are below this until 5138, milliseconds above it since 1973. */
const SECONDS_BELOW = 1e11;

const Fields = z.looseObject({});
type Fields = z.infer<typeof Fields>;

export type Entry = {
  readonly change: ProposedChange;
  /** Deleted, archived or replaced where it comes from. */
  readonly retired: boolean;
};

/** The entries of a JSON document that another memory exported; undefined when it holds none. */
export const entriesIn = (document: unknown): readonly unknown[] | undefined =>
  listsOf(document).find(
    list => !isMessage(Fields.safeParse(list[0]).data ?? {}) && list.some(value => entryOf(value)),
  );

/** Whether it is an export of a memory that held nothing. */
export function holdsNothing(document: unknown): boolean {
  const lists = listsOf(document);
  return lists.length > 0 && lists.every(({ length }) => length === 0);
}

function listsOf(document: unknown): readonly unknown[][] {
  const fields = Fields.safeParse(document).data;
  const lists = Array.isArray(document) ? [document] : LISTS.map(name => fields?.[name]);
  return lists.filter(list => Array.isArray(list));
}

const isMessage = (fields: Fields): boolean => 'role' in fields || 'message' in fields;

/** What a memory of ours says for one of another memory; undefined for a message, and for what has no text. */
export function entryOf(value: unknown): Entry | undefined {
  const entry = Fields.safeParse(value).data;
  const text = entry && firstText(entry, TEXTS);
  if (!entry || !text || isMessage(entry)) return undefined;
  // The name of an edge of a graph only repeats what its fact says.
  const title = 'fact' in entry ? undefined : firstText(entry, TITLES);
  return {
    change: {
      type: TYPES.map(name => MemoryType.safeParse(entry[name]).data).find(type => type) ?? 'fact',
      content: title === undefined || text.startsWith(title) ? text : `${title}: ${text}`,
      graph_nodes: ABOUT.flatMap(kind => nodes(kind, entry[`${kind}_id`] ?? entry[kind])),
      tags: tagsOf(entry),
      trust: 'import',
      valid_from: timeOf(entry.valid_at ?? entry.valid_from ?? entry.created_at),
      valid_to: timeOf(entry.invalid_at ?? entry.valid_to),
    },
    retired:
      [entry.is_deleted, entry.deleted_at, entry.expired_at].some(Boolean) ||
      ['deleted', 'archived'].includes(String(entry.state)),
  };
}

const firstText = (entry: Fields, names: readonly string[]): string | undefined =>
  names.flatMap(name => textsOf(entry[name])).find(text => text !== '');

const textsOf = (value: unknown): string[] => (typeof value === 'string' ? [value.trim()] : []);

const nodes = (kind: string, value: unknown): string[] =>
  textsOf(value).flatMap(name => (name === '' ? [] : cut(`${kind}:${name}`, 200)));

function tagsOf(entry: Fields): string[] {
  const given = TAGS.map(name => entry[name]).flatMap(value =>
    Array.isArray(value) ? value.flatMap(textsOf) : textsOf(value).flatMap(text => text.split(',')),
  );
  const tags = given.map(tag => cut(tag.trim(), 100)).filter(tag => tag !== '');
  return [...new Set(tags)].filter(tag => !MemoryType.safeParse(tag).success).slice(0, 20);
}

/** The time a fact was known to hold from or to, if it is given as a time. */
function timeOf(value: unknown): string | undefined {
  const text = textsOf(value).map(parseTime)[0];
  const number = typeof value === 'number' && value > 0 ? value : undefined;
  const time = text ?? (number && (number < SECONDS_BELOW ? number * 1000 : number));
  return time === undefined || time > 8.64e15 ? undefined : formatTime(Math.trunc(time));
}
