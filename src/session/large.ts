import { basename } from 'node:path';
import type { BlobBody } from '../blob/body.js';
import { openBody as openBlob } from '../blob/body.js';
import { describe, piecesOf } from '../blob/describe.js';
import type { Piece } from '../passage/piece.js';
import type { Part } from '../schema/message.js';
import { blobBySha256 } from '../store/blobs.js';
import { encodingCounter, tokensAtMost } from '../text/encodings.js';
import { cutToTokens, estimateTokens } from '../text/estimate.js';
import { sha256Of } from '../text/hash.js';
import { callsIn, contentOf, type Draft, withContent } from './body.js';
import type { Parts } from './parts.js';

/** A content that is too large for its message, and what is stored instead. */
export type Large = {
  /** Which part of the message it is. */
  readonly part: number;
  /** Of the blob, where its bytes are not there yet. */
  readonly id: string;
  readonly body: BlobBody;
  /** Undefined where the bytes are there already. */
  readonly pieces?: readonly Piece[] | undefined;
};

/** Those of each message, in order; none for most. */
export type LargeContents = readonly (readonly Large[])[];

type Asked = { readonly namespace: string; readonly earlier: readonly Draft[] };

/**
 * Finds what has more than `blobTokens` tokens: texts, outputs of tools, patches and outlines. System messages stay
 * whole, since an outline instructs nobody. Compressing and outlining take time and so come before the transaction.
 */
export async function findLarge(
  parts: Pick<Parts, 'store' | 'sources' | 'options'>,
  drafts: readonly Draft[],
  { namespace, earlier }: Asked,
): Promise<LargeContents> {
  const known = new Map<string, Omit<Large, 'part'>>();
  const found: Large[][] = [];
  for (const draft of drafts) {
    const large: Large[] = [];
    for (const [part, one] of draft.role === 'system' ? [] : draft.parts.entries()) {
      const text = contentOf(one);
      if (text === undefined || !(await isLarge(text, parts.options.blobTokens))) continue;
      const blob =
        known.get(text) ??
        (await prepare(parts, text, {
          namespace,
          name: nameOf(one, { draft, among: [...drafts, ...earlier] }),
        }));
      known.set(text, blob);
      large.push({ part, ...blob });
    }
    found.push(large);
  }
  return found;
}

/** How far an estimate is from the truth at most, in text that somebody might send. */
const ERROR = 4;

/** Counted in one encoding for every model, so that the same content always has the same fate; only near the line. */
async function isLarge(text: string, limit: number): Promise<boolean> {
  if (tokensAtMost(text) <= limit) return false;
  const estimate = estimateTokens(text);
  if (estimate > limit * ERROR) return true;
  return estimate * ERROR > limit && (await encodingCounter('o200k_base'))(text) > limit;
}

type Named = { readonly namespace: string; readonly name: string };

async function prepare(
  { store, sources }: Pick<Parts, 'store' | 'sources'>,
  text: string,
  { namespace, name }: Named,
): Promise<Omit<Large, 'part'>> {
  const bytes = Buffer.from(text);
  const known = await store.read(namespace, reader => blobBySha256(reader, sha256Of(bytes)));
  if (known) return { id: known.id, body: openBlob(known.content) };
  const body = await describe({ name, mime: null, text, bytes });
  return { id: sources.newId('blob'), body, pieces: piecesOf(body) };
}

type Context = { readonly draft: Draft; readonly among: readonly Draft[] };

/** The file that a tool read, else the tool; its ending says what the outline is of. */
function nameOf(part: Part, { draft, among }: Context): string {
  switch (part.type) {
    case 'tool_result': {
      const call = among.flatMap(callsIn).find(({ call_id }) => call_id === part.call_id);
      return clean(fileIn(call?.arguments ?? {}) ?? `output of ${part.name ?? call?.name ?? 'a tool'}`);
    }
    case 'patch':
      return clean(`${basename(part.path)}.diff`);
    case 'file_ref':
      return clean(`outline of ${part.name ?? part.uri}`);
    default:
      return clean(`text of ${draft.name ?? draft.role}`);
  }
}

function fileIn(given: Readonly<Record<string, unknown>>): string | undefined {
  const path = ['path', 'file_path', 'filename', 'file', 'uri', 'url'].map(key => given[key]).find(isPath);
  return path && basename(path);
}

const isPath = (value: unknown): value is string =>
  typeof value === 'string' && basename(value).trim() !== '';

const clean = (name: string): string =>
  name
    // Normalising takes time with the square of how many marks are piled up.
    .slice(0, 1000)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .normalize('NFC')
    .slice(0, 200)
    .toWellFormed()
    .trim() || 'untitled';

/** The message with references where large contents were; `idOf` names the blob of each. */
export function referring(
  draft: Draft,
  large: readonly Large[],
  { blobTokens, idOf }: { readonly blobTokens: number; readonly idOf: (large: Large) => string },
): Draft {
  if (large.length === 0) return draft;
  const parts = [...draft.parts];
  for (const one of large) {
    const part = parts[one.part];
    if (part) parts[one.part] = withContent(part, referenceTo(idOf(one), one.body, blobTokens));
  }
  const blobs = large.map(one => ({ part: one.part, blob_id: idOf(one), sha256: one.body.sha256 }));
  return { ...draft, parts, blobs };
}

/** A reference and its outline take at most so many tokens (estimated), and never more than a quarter of the line. */
const MOST_OUTLINE = 1000;

function referenceTo(id: string, { name, kind, tokens, outline }: BlobBody, blobTokens: number): string {
  const head = `[blob: ${name} (${kind}, about ${tokens} tokens), kept whole: fetch blob://${id}, with lines for a part]`;
  return `${head}\n${shortened(outline, Math.min(MOST_OUTLINE, Math.floor(blobTokens / 4)))}`;
}

/** The first lines of an outline that fit. */
function shortened(outline: string, tokens: number): string {
  if (estimateTokens(outline) <= tokens) return outline;
  const cut = cutToTokens(outline, tokens);
  const lines = cut.split('\n').slice(0, -1);
  return [...(lines.length > 0 ? lines : [cut]), '…'].join('\n');
}
