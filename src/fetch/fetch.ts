import { EngineError } from '../errors.js';
import { readMemory } from '../memory/read.js';
import type { Call } from '../schema/call.js';
import type { HitKind } from '../schema/hit-kind.js';
import type { Trust } from '../schema/memory.js';
import { readCursor, writeCursor } from '../search/cursor.js';
import type { Store } from '../store/store.js';
import { cutToTokens, estimateTokens } from '../text/estimate.js';
import { parseTime } from '../text/time.js';
import { fenceUntrusted } from '../text/untrusted.js';

export type Fetch = {
  readonly uri: string;
  readonly max_tokens?: number | undefined;
  readonly cursor?: string | undefined;
  /** `10-20`, `10-`, `-20` or `10`, counted from 1. */
  readonly lines?: string | undefined;
  readonly as_of?: string | undefined;
};

export type Fetched = {
  readonly uri: string;
  readonly kind: HitKind;
  readonly text: string;
  readonly meta: Readonly<Record<string, string | number | readonly string[]>>;
  readonly next_cursor?: string;
  readonly approximate: true;
  readonly scope: string;
};

const MAX_TOKENS = 2000;
/** Holds a fence and any character, so that a page is never empty. */
const SMALLEST = 50;

/** Reads any URI that search returns, cut to `max_tokens` (estimated) with a cursor for the rest. */
export async function fetch(store: Store, input: Fetch, call: Call): Promise<Fetched> {
  const { cursor, ...asked } = input;
  const id = idOf(input.uri);
  const asOf = input.as_of === undefined ? undefined : timeOf(input.as_of);
  const { memory, view } = await readMemory(store, call, { id, asOf });
  const { content: _content, scope, ...meta } = view;
  const offset = cursor === undefined ? 0 : readCursor(cursor, asked).offset;
  const rest = (input.lines === undefined ? memory.content : linesOf(memory.content, input.lines)).slice(
    offset,
  );
  const page = cutPage(rest, memory.trust, { budget: Math.max(SMALLEST, input.max_tokens ?? MAX_TOKENS) });
  const next = { offset: offset + page.length, asOf: memory.created_at, validAt: memory.created_at };
  return {
    uri: `memory://${id}`,
    kind: 'memory',
    // Fenced a page at a time: a fence around the whole would leave the later pages bare.
    text: fenceUntrusted(page, memory.trust),
    meta,
    ...(page.length < rest.length && { next_cursor: writeCursor(next, asked) }),
    approximate: true,
    scope: String(scope),
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

/** The memory id of a URI or bare id. Throws `invalid` for anything else. */
export function idOf(uri: string): string {
  const id = uri.trim().replace(/^memory:\/\//, '');
  if (/^mem_[A-Za-z0-9]+$/.test(id)) return id;
  throw new EngineError(
    'invalid',
    `"${uri}" is no URI of mintmark.`,
    'Pass a uri as search returns it, such as memory://mem_….',
  );
}

function timeOf(text: string): number {
  const time = parseTime(text);
  if (time === undefined)
    throw new EngineError(
      'invalid',
      `as_of is "${text}", which is no ISO 8601 time.`,
      'Write it like 2026-03-01 or 2026-03-01T12:00:00Z.',
    );
  return time;
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
