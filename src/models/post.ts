import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../errors.js';
import { traceHeaders } from '../trace.js';

export type Posting = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};

const ATTEMPTS = 3;
const FIRST_WAIT_MS = 250;
/** Who is told to come back later than this does without. */
const MOST_WAIT_MS = 20_000;
/** Longer than any of these answers: what sends more is no model. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Posts JSON and resolves to the JSON that comes back, body and all before the signal. Tries again, a few jittered
 * moments later or when Retry-After says, only where nothing was done: a refused connection, 429 and 5xx. Throws
 * `unavailable`, in words that hold nothing of what was sent or received.
 */
export async function postJson(
  { url, headers, body }: Posting,
  { signal }: { readonly signal: AbortSignal },
): Promise<unknown> {
  const text = JSON.stringify(body);
  for (let attempt = 1; ; attempt += 1) {
    const reply = await post({ url, headers, text, signal, mostBytes: MOST_BYTES });
    if ('json' in reply) return reply.json;
    const { problem, again, after } = failureOf(reply, signal);
    const wait = after ?? FIRST_WAIT_MS * 2 ** attempt * (0.5 + Math.random() / 2);
    const goOn = again && attempt < ATTEMPTS && wait <= MOST_WAIT_MS;
    if (!goOn || !(await sleep(wait, true, { signal }).catch(() => false)))
      throw new EngineError(
        'unavailable',
        `The model at ${new URL(url).host} ${problem}.`,
        'Check that it runs and what its address and key are.',
      );
  }
}

export type Request = Omit<Posting, 'body'> & {
  readonly text: string;
  readonly signal: AbortSignal;
  readonly mostBytes?: number;
};

/** `after`: the milliseconds that Retry-After asks for. */
export type Refusal = { readonly status: number; readonly after: number | undefined };
type Reply = { readonly json: unknown } | Refusal | { readonly error: unknown };

/** Posts once. A reply of another status than 2xx is not read: it may repeat the key. */
export async function post({ url, headers, text, signal, mostBytes }: Request): Promise<Reply> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...traceHeaders(), ...headers },
      body: text,
      // A key must not be carried to another host.
      redirect: 'error',
      signal,
    });
    if (response.ok) return { json: JSON.parse(await bodyOf(response, mostBytes)) };
    await response.body?.cancel();
    return { status: response.status, after: retryAfter(response.headers) };
  } catch (error) {
    return { error };
  }
}

/** Of a status that may be another a moment later. */
export const isPassing = (status: number): boolean => status === 429 || status >= 500;

function failureOf(reply: Refusal | { readonly error: unknown }, signal: AbortSignal) {
  if ('error' in reply)
    return { problem: problemOf(reply.error, signal), again: isRefused(reply.error), after: undefined };
  return { problem: `answered ${reply.status}`, again: isPassing(reply.status), after: reply.after };
}

async function bodyOf({ body }: Response, mostBytes = Number.POSITIVE_INFINITY): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > mostBytes) throw new RangeError('too long');
  }
  return text + decoder.decode();
}

/** Seconds or a date, as milliseconds from now (RFC 9110 10.2.3). */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function problemOf(error: unknown, { aborted }: AbortSignal): string {
  if (aborted) return 'did not answer in time';
  if (error instanceof SyntaxError) return 'sent no whole JSON';
  if (error instanceof RangeError) return 'sent far too much';
  return `cannot be reached${codeOf(error) ? ` (${codeOf(error)})` : ''}`;
}

/** Nothing was sent. After a lost connection the answer may have been paid for already. */
const isRefused = (error: unknown): boolean => /^(?:ECONNREFUSED|EAI_AGAIN)$/.test(codeOf(error) ?? '');

/** Of the system, where that is what failed. */
export function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : undefined;
}
