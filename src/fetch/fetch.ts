import type { Options } from '../config/options.js';
import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { Trust } from '../schema/memory.js';
import { readCursor, writeCursor } from '../search/cursor.js';
import { cutToTokens, estimateTokens } from '../text/estimate.js';
import { formatTime, timeArgument } from '../text/time.js';
import { fenceUntrusted } from '../text/untrusted.js';
import type { Parts } from './parts.js';
import { type Found, type Meta, readUri } from './readers.js';

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
  /** Of a blob that takes more than this page, beside the first; counted in `max_tokens`. */
  readonly outline?: string;
  /** Empty on a page that goes on with a text: the first has told what it is of. */
  readonly meta: Meta;
  readonly next_cursor?: string;
  readonly approximate: true;
  readonly scope: string;
};

type Fetching = Parts & { readonly options: Pick<Options, 'fetchMaxTokens'> };

/** Holds a fence and any character, so that a page is never empty. */
const SMALLEST = 50;

/** Reads any URI that a reply names, cut to `max_tokens` (estimated) with a cursor for the rest. */
export async function fetch(parts: Fetching, input: Fetch, call: Call): Promise<Fetched> {
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
  if (input.as_of !== undefined && asOf !== undefined) demandKnown(found, asOf);
  const offset = start?.offset ?? 0;
  const rest = (input.lines === undefined ? text : linesOf(text, input.lines)).slice(offset);
  const budget = Math.max(SMALLEST, input.max_tokens ?? parts.options.fetchMaxTokens);
  const full = cutPage(rest, trust, { budget });
  const begins = start === undefined && input.lines === undefined;
  const outline = begins && full.length < rest.length ? outlineWithin(found, budget / 2) : undefined;
  const page = outline ? cutPage(rest, trust, { budget: budget - estimateTokens(outline) }) : full;
  // Later pages are of the same version, whatever is written meanwhile.
  const now = parts.sources.now();
  const frozen = Math.min(asOf ?? now, now);
  const times = { asOf: frozen, validAt: frozen };
  const left = rest.length - page.length;
  const on = left > 0 ? { offset: offset + page.length, after: start?.after ?? 0 } : afterwards(found);
  return {
    uri,
    kind,
    // Fenced a page at a time: a fence around the whole would leave the later pages bare.
    text: fenceUntrusted(page, trust),
    ...(outline !== undefined && { outline }),
    meta: offset > 0 ? {} : meta,
    ...(on && { next_cursor: writeCursor({ ...times, ...on }, asked) }),
    approximate: true,
    scope,
  };
}

/** Where it goes on after a text that ended, as a ledger does with its next events. */
const afterwards = ({ next }: Found) => (next === undefined ? undefined : { offset: 0, after: next });

/** What has no versions is as it was, once it was there; a run has no other state than its present one. */
function demandKnown({ uri, kind, meta }: Found, asOf: number): void {
  if (kind === 'run' || kind === 'ledger')
    throw new EngineError(
      'invalid',
      `as_of is given, and ${uri} is read as it is now.`,
      'Leave as_of out; the events of run://{id}/ledger say when each thing changed.',
    );
  if (typeof meta.created_at !== 'string' || Date.parse(meta.created_at) <= asOf) return;
  throw new EngineError(
    'not_found',
    `${uri} was not known yet at ${formatTime(asOf)}.`,
    'Leave as_of out to read it as it is now.',
  );
}

function outlineWithin({ outline, text, trust }: Found, budget: number): string | undefined {
  if (outline === undefined || outline === text) return undefined;
  const fenced = fenceUntrusted(outline, trust);
  return estimateTokens(fenced) <= budget ? fenced : undefined;
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
  const first = Number(from || 1);
  const last = dash === '' ? first : Number(to || Number.MAX_SAFE_INTEGER);
  const lines = text.split('\n');
  const isRange = from !== undefined && from + to !== '' && first >= 1 && first <= last;
  if (isRange && first <= lines.length) return lines.slice(first - 1, last).join('\n');
  throw new EngineError(
    'invalid',
    isRange ? `lines is "${range}", but there are only ${lines.length}.` : `lines is "${range}".`,
    'Write it like 10-20, 10-, -20 or 10, counted from 1.',
  );
}
