import { basename } from 'node:path';
import { EngineError } from '../errors.js';
import { readAllowedFile } from '../files/allowed.js';
import type { Call } from '../schema/call.js';
import { textOf } from '../text/packed.js';
import { textProblem } from '../text/well-formed.js';
import type { Parts } from './parts.js';

export type Putting = {
  /** Text, instead of a path. */
  readonly content?: string | undefined;
  /** A file below a folder that the operator allowed; text or not. */
  readonly path?: string | undefined;
  readonly name?: string | undefined;
  readonly mime?: string | undefined;
  /** Whose scope it gets: id, URI or external id. */
  readonly session_id?: string | undefined;
};

/** What was given, before secrets are looked for: the text, or the bytes of what is none. */
export type Given = {
  readonly name: string;
  readonly mime: string | null;
  readonly text?: string | undefined;
  readonly bytes: Uint8Array;
};

/** Reads and checks what is to be stored. Throws `invalid`, `too_large` and what reading a path throws. */
export async function readGiven(options: Parts['options'], asked: Putting, call: Call): Promise<Given> {
  const { content, path } = asked;
  if ((content === undefined) === (path === undefined))
    throw new EngineError(
      'invalid',
      content === undefined ? 'Neither content nor path is given.' : 'Both content and path are given.',
      'Give one of the two.',
    );
  const name = named(asked.name ?? (path === undefined ? 'untitled' : basename(path)));
  const mime = mimeOf(asked.mime);
  const bytes = path === undefined ? given(content ?? '', options) : await file(path, { options, call });
  if (bytes.length === 0)
    throw new EngineError('invalid', `${name} is empty.`, 'There is nothing to store; leave it out.');
  return { name, mime, bytes, text: content ?? textOf(bytes) };
}

function given(content: string, { blobMaxBytes }: Parts['options']): Buffer {
  const problem = textProblem(content);
  if (problem !== undefined)
    throw new EngineError('invalid', `The content ${problem}.`, 'Give bytes that are no text by path.');
  const bytes = Buffer.from(content);
  if (bytes.length > blobMaxBytes) throw tooLarge('The content', bytes.length, blobMaxBytes);
  return bytes;
}

type Place = { readonly options: Parts['options']; readonly call: Call };

const file = (path: string, { options, call }: Place): Promise<Buffer> =>
  readAllowedFile({ options, call }, path, {
    noun: 'a file to keep',
    maxBytes: options.blobMaxBytes,
    tooLarge: size => tooLarge(path, size, options.blobMaxBytes),
  });

const tooLarge = (what: string, size: number, limit: number): EngineError =>
  new EngineError(
    'too_large',
    `${what} has ${size} bytes, and a blob may have ${limit}.`,
    'Store it in parts, or raise --blob-max-bytes (MINTMARK_BLOB_MAX_BYTES).',
  );

const LONGEST_NAME = 200;

function named(text: string): string {
  const name = text.normalize('NFC').trim();
  const problem =
    name === ''
      ? 'is blank'
      : name.length > LONGEST_NAME
        ? `has ${name.length} characters, more than ${LONGEST_NAME}`
        : /[\p{Cc}\u2028\u2029]/u.test(name)
          ? 'has a line break or another control character'
          : textProblem(name);
  if (problem === undefined) return name;
  throw new EngineError('invalid', `The name ${problem}.`, 'Give a short name, such as report.csv.');
}

function mimeOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  const mime = text.trim().toLowerCase();
  if (mime.length <= 100 && /^[\w.+-]+\/[\w.+-]+(?:; ?charset=[\w-]+)?$/.test(mime)) return mime;
  throw new EngineError(
    'invalid',
    `The mime ${JSON.stringify(text.slice(0, 100))} is no media type.`,
    'Write it like text/csv, or leave it out.',
  );
}
