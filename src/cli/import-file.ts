import * as z from 'zod';
import { EngineError } from '../errors.js';
import { changeOf, PORTABLE, PortableMemory, portableHash } from '../memory/portable.js';
import type { ProposedChange } from '../schema/memory.js';
import { misfits } from '../schema/misfit.js';
import { GraphLine, graphChanges } from './import-graph.js';

/** A memory to add, with the line it stands on. */
export type Addition = {
  readonly line: number;
  readonly change: ProposedChange;
  readonly origin: Origin | undefined;
};

/** What became of a memory where it was exported. */
export type Origin = Pick<PortableMemory, 'id' | 'status' | 'superseded_by'>;

export type ImportFile = {
  readonly format: 'mintmark.memories' | 'server-memory';
  readonly memories: readonly Addition[];
};

/** Reads and checks every line. Throws `invalid`, which names the first bad line. */
export function readImport(text: string): ImportFile {
  const lines = text.split('\n').map((text, index) => ({ number: index + 1, text: text.trim() }));
  const [first, ...rest] = lines.filter(({ text }) => text !== '').map(parseLine);
  if (!first) throw badLine(1, 'the file is empty');
  if (Header.safeParse(first.value).success)
    return { format: PORTABLE.format, memories: portable(first, rest) };
  if (GraphLine.safeParse(first.value).success)
    return { format: 'server-memory', memories: [first, ...rest].flatMap(graphMemories) };
  throw badLine(
    first.number,
    'it begins neither a mintmark export nor a file of @modelcontextprotocol/server-memory, nor a history of messages',
  );
}

export const badLine = (number: number, problem: string): EngineError =>
  new EngineError(
    'invalid',
    `Nothing was imported: line ${number}: ${problem}.`,
    'Export again, or correct that line, and import the whole file.',
  );

const Header = z.object({ format: z.literal(PORTABLE.format), version: z.number() });

type Line = { readonly number: number; readonly value: unknown };

function parseLine({ number, text }: { readonly number: number; readonly text: string }): Line {
  try {
    return { number, value: JSON.parse(text) };
  } catch {
    throw badLine(number, 'it is not JSON, or was cut off');
  }
}

function portable({ number, value }: Line, rest: readonly Line[]): Addition[] {
  const { version } = Header.parse(value);
  if (version !== PORTABLE.version)
    throw badLine(
      number,
      `format version ${version} is not ${PORTABLE.version}; use the mintmark that wrote it`,
    );
  return rest.map(portableMemory);
}

function portableMemory({ number, value }: Line): Addition {
  const parsed = PortableMemory.safeParse(value, { reportInput: true });
  if (!parsed.success) throw badLine(number, problemOf(parsed.error));
  const line = parsed.data;
  if (portableHash(Object(value)) !== line.sha256)
    throw badLine(number, `memory ${line.id} was altered: its SHA-256 differs`);
  return { line: number, change: changeOf(line), origin: line };
}

function graphMemories({ number, value }: Line): Addition[] {
  const parsed = GraphLine.safeParse(value, { reportInput: true });
  if (!parsed.success) throw badLine(number, problemOf(parsed.error));
  return graphChanges(parsed.data).map(change => ({
    line: number,
    change: fitting(number, change),
    origin: undefined,
  }));
}

function fitting(number: number, change: ProposedChange): ProposedChange {
  if ((change.content ?? '').length <= 8000) return change;
  throw badLine(number, 'a statement has more than 8,000 characters');
}

export const problemOf = (error: z.ZodError): string => misfits(error).slice(0, 3).join('; ');
