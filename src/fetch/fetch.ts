import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { Trust } from '../schema/memory.js';
import { readCursor, writeCursor } from '../search/cursor.js';
import { cutToTokens, estimateTokens } from '../text/estimate.js';
import { timeArgument } from '../text/time.js';
import { fenceUntrusted } from '../text/untrusted.js';
import type { Parts } from './parts.js';
import { type Meta, readUri } from './readers.js';

export type Fetch = {
  readonly uri: string;
  readonly max_tokens?: number | undefined;
  readonly cursor?: string | undefined;
  /** `10-20`, `10-`, `-20` or `10`, counted from 1. */
  readonly lines?: string | undefined;
  /** Of a session, only the newest so many messages. */
  readonly last?: number | undefined;
  readonly as_of?: string | undefined;
};

export type Fetched = {
  readonly uri: string;
  readonly kind: string;
  readonly text: string;
  readonly meta: Meta;
  readonly next_cursor?: string;
  readonly approximate: true;
  readonly scope: string;
};

const MAX_TOKENS = 2000;
/** Holds a fence and any character, so that a page is never empty. */
const SMALLEST = 50;

/** Reads any URI that a reply names, cut to `max_tokens` (estimated) with a cursor for the rest. */
export async function fetch(parts: Parts, input: Fetch, call: Call): Promise<Fetched> {
  const { cursor, ...asked } = input;
  const start = cursor === undefined ? undefined : readCursor(cursor, asked);
  const asOf = start?.asOf ?? timeArgument('as_of', input.as_of);
  const found = await readUri(parts, call, {
    uri: input.uri,
    last: input.last,
    asOf,
    after: start?.after,
  });
  const { uri, kind, text, trust, scope, meta } = found;
  const offset = start?.offset ?? 0;
  const rest = (input.lines === undefined ? text : linesOf(text, input.lines)).slice(offset);
  const page = cutPage(rest, trust, { budget: Math.max(SMALLEST, input.max_tokens ?? MAX_TOKENS) });
  // Later pages are of the same version, whatever is written meanwhile.
  const frozen = asOf ?? parts.sources.now();
  const times = { asOf: frozen, validAt: frozen };
  const next =
    page.length < rest.length
      ? { ...times, offset: offset + page.length, after: start?.after ?? 0 }
      : found.next === undefined
        ? undefined
        : { ...times, offset: 0, after: found.next };
  return {
    uri,
    kind,
    // Fenced a page at a time: a fence around the whole would leave the later pages bare.
    text: fenceUntrusted(page, trust),
    meta,
    ...(next && { next_cursor: writeCursor(next, asked) }),
    approximate: true,
    scope,
  };
}

/** The fence counts too, and its length depends on the text within, so the cut is tightened until both fit. */
function cutPage(text: string, trust: Trust, { budget }: { readonly budget: number }): string {
  let tokens = budget;
  let page = cutToTokens(text, tokens);
  while (page !== '' && estimateTokens(fenceUntrusted(page, trust)) > budget) {
    tokens = Math.floor(tokens * 0.9);
    page = cutToTokens(text, tokens);
  }
  return page;
}

function linesOf(text: string, range: string): string {
  const [, from, dash, to] = /^(\d*)(-?)(\d*)$/.exec(range.trim()) ?? [];
  if (from === undefined || (from === '' && to === ''))
    throw new EngineError(
      'invalid',
      `lines is "${range}".`,
      'Write it like 10-20, 10-, -20 or 10, counted from 1.',
    );
  const first = Number(from || 1);
  const last = dash === '' ? first : Number(to || Number.MAX_SAFE_INTEGER);
  return text
    .split('\n')
    .slice(first - 1, last)
    .join('\n');
}
