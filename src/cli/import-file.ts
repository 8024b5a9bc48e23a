import * as z from 'zod';
import { EngineError } from '../errors.js';
import { changeOf, PORTABLE, PortableMemory, portableHash } from '../memory/portable.js';
import { MOST_CONTENT, type ProposedChange } from '../schema/memory.js';
import { misfits } from '../schema/misfit.js';
import { jsonIn } from '../text/json.js';
import { entriesIn, entryOf, holdsNothing } from './import-entries.js';
import { Graph, GraphLine, GraphType, graphChanges, graphLines } from './import-graph.js';
import { pieces } from './import-markdown.js';

/** A memory to add, with the place it stands at, as a problem names it. */
export type Addition = {
  readonly place: string;
  readonly change: ProposedChange;
  /** Of a memory of ours what became of it where it was exported, of another one whether it was retired there. */
  readonly origin: Origin | 'kept' | 'retired';
};

export type Origin = Pick<PortableMemory, 'id' | 'status' | 'superseded_by'>;

export type ImportFile = {
  readonly format: 'mintmark.memories' | 'server-memory' | 'memories' | 'markdown';
  readonly memories: readonly Addition[];
  /** Those of Markdown, as `source_refs` name them. */
  readonly files?: readonly string[];
  /** The folder they lie in, if that was imported: what was imported from it before may have been deleted since. */
  readonly folder?: Folder;
};

/** Where it is, and as `source_refs` name it. */
export type Folder = { readonly path: string; readonly source: string };

/** A JSON document in which another memory exported what it held; undefined when it is something else. */
export function readList(document: unknown): ImportFile | undefined {
  const graph = Graph.safeParse(document).data;
  if (graph) return { format: 'server-memory', memories: graphLines(graph).flatMap(graphMemories) };
  const entries = entriesIn(document);
  return (
    entries && {
      format: 'memories',
      memories: entries.flatMap((value, index) => entryAdditions(`entry ${index + 1}`, value)),
    }
  );
}

/** Whatever holds a list and nothing in it; undefined for anything else. */
export const readNothing = (document: unknown): ImportFile | undefined =>
  holdsNothing(document) ? { format: 'memories', memories: [] } : undefined;

/** Reads and checks every line. Throws `invalid`, which names the first bad line. */
export function readImport(text: string): ImportFile {
  const [first, ...rest] = linesOf(text);
  if (!first) throw refused('line 1', 'the file is empty');
  if (Header.safeParse(first.value).success)
    return { format: PORTABLE.format, memories: portable(first, rest) };
  if (GraphType.safeParse(first.value).success)
    return { format: 'server-memory', memories: [first, ...rest].flatMap(graphMemories) };
  if (entryOf(first.value))
    return {
      format: 'memories',
      memories: [first, ...rest].flatMap(line => entryAdditions(line.place, line.value)),
    };
  throw unknownForm(first.place);
}

export const unknownForm = (place: string): EngineError =>
  refused(
    place,
    'it begins neither a mintmark export nor one of another memory (server-memory, mem0), nor a history of messages',
  );

export const refused = (place: string, problem: string): EngineError =>
  new EngineError(
    'invalid',
    `Nothing was imported: ${place}: ${problem}.`,
    'Export again, or correct that place, and import the whole file.',
  );

const Header = z.object({ format: z.literal(PORTABLE.format), version: z.number() });

/** A value with the place it stands at, as a problem names it. */
export type Line = { readonly place: string; readonly value: unknown };

/** The JSON of each line that is not blank. */
export const linesOf = (text: string): Line[] =>
  text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const place = `line ${index + 1}`;
    const value = jsonIn(line.trim());
    if (value === undefined) throw noJson(place);
    return { place, value };
  });

export const noJson = (place: string): EngineError => refused(place, 'it is not JSON, or was cut off');

function portable({ place, value }: Line, rest: readonly Line[]): Addition[] {
  const { version } = Header.parse(value);
  if (version !== PORTABLE.version)
    throw refused(
      place,
      `format version ${version} is not ${PORTABLE.version}; use the mintmark that wrote it`,
    );
  return rest.map(portableMemory);
}

function portableMemory({ place, value }: Line): Addition {
  const parsed = PortableMemory.safeParse(value, { reportInput: true });
  if (!parsed.success) throw refused(place, problemOf(parsed.error));
  const line = parsed.data;
  if (portableHash(Object(value)) !== line.sha256)
    throw refused(place, `memory ${line.id} was altered: its SHA-256 differs`);
  return { place, change: changeOf(line), origin: line };
}

function graphMemories({ place, value }: Line): Addition[] {
  const parsed = GraphLine.safeParse(value, { reportInput: true });
  if (!parsed.success) throw refused(place, problemOf(parsed.error));
  return graphChanges(parsed.data).map(change => ({
    place,
    change: fitting(place, change),
    origin: 'kept',
  }));
}

function entryAdditions(place: string, value: unknown): Addition[] {
  const entry = entryOf(value);
  if (!entry) throw refused(place, 'it has no text');
  const { change, retired } = entry;
  return pieces(change.content ?? '').map(content => ({
    place,
    change: { ...change, content },
    origin: retired ? 'retired' : 'kept',
  }));
}

function fitting(place: string, change: ProposedChange): ProposedChange {
  if ((change.content ?? '').length <= MOST_CONTENT) return change;
  throw refused(place, `a statement has more than ${MOST_CONTENT} characters`);
}

export const problemOf = (error: z.ZodError): string => misfits(error).slice(0, 3).join('; ');
