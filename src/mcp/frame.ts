import {
  INVALID_REQUEST,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResponse,
  type JSONRPCMessage,
  PARSE_ERROR,
  type RequestId,
} from '@modelcontextprotocol/server';
import { isRecord, jsonIn } from '../text/json.js';

export type Refusal = { readonly id: RequestId | null; readonly code: number; readonly message: string };

export type Frame =
  | { readonly kind: 'message'; readonly message: JSONRPCMessage }
  | { readonly kind: 'refused'; readonly errors: readonly Refusal[] }
  | { readonly kind: 'unanswerable'; readonly reason: string }
  | { readonly kind: 'blank' };

/** How much of a line that cannot be parsed is searched for its id, from either end. */
const HEAD = 1_024;
export const TAIL = 256;
const MAX_BATCH_REPLIES = 100;
/** Levels of JSON below the message. Recursive code downstream overflows at about 20,000. */
const MAX_DEPTH = 200;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What one line within the limit means. */
export function readLine(bytes: Buffer): Frame {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    const reason = 'Parse error: the line is not valid UTF-8';
    return refused(eitherId(bytes, bytes.subarray(-TAIL)), PARSE_ERROR, reason);
  }
  try {
    return judge(JSON.parse(text));
  } catch (error) {
    if (text.trim() === '') return { kind: 'blank' };
    return refused(leadingId(text.slice(0, HEAD)), PARSE_ERROR, `Parse error: ${error}`);
  }
}

/** Answers a line of which only the first and the last bytes were kept. */
export function refuseOversize(head: Buffer, tail: Buffer, limit: number): Frame {
  const reason = `message too large: the limit is ${limit} bytes in one line; send less per call`;
  return refused(eitherId(head, tail), INVALID_REQUEST, reason);
}

function judge(value: unknown): Frame {
  if (Array.isArray(value)) return refuseBatch(value);
  const deep = tooDeep(value);
  if (!deep && (isJSONRPCRequest(value) || isJSONRPCNotification(value) || isJSONRPCResponse(value))) {
    return { kind: 'message', message: value };
  }
  const fault = deep ? `nested more than ${MAX_DEPTH} levels deep` : faultOf(value);
  const isReply = isRecord(value) && !('method' in value) && ('result' in value || 'error' in value);
  const isNotification = isRecord(value) && typeof value.method === 'string' && !('id' in value);
  if (isReply || isNotification) return { kind: 'unanswerable', reason: fault };
  return refused(idOf(value), INVALID_REQUEST, `Invalid Request: ${fault}`);
}

/** MCP dropped batches in 2025-06-18. Each member that waits for an answer is told so. */
function refuseBatch(members: readonly unknown[]): Frame {
  const reason = 'Invalid Request: batches are not supported; send one message per line';
  const ids = members.map(member => (isRecord(member) && 'method' in member ? idOf(member) : null));
  const known = ids.filter(id => id !== null);
  const errors = known
    .slice(0, MAX_BATCH_REPLIES)
    .map((id): Refusal => ({ id, code: INVALID_REQUEST, message: reason }));
  if (known.length === errors.length && known.length > 0) return { kind: 'refused', errors };
  return { kind: 'refused', errors: [...errors, { id: null, code: INVALID_REQUEST, message: reason }] };
}

function faultOf(value: unknown): string {
  if (!isRecord(value)) return 'a message is an object';
  const { jsonrpc, id, method, params } = value;
  if (jsonrpc !== '2.0') return '"jsonrpc" must be "2.0"';
  if ('id' in value && !isRequestId(id)) return '"id" must be a string or an integer within ±(2^53 - 1)';
  if (typeof method !== 'string') return '"method" must be a string';
  if (params !== undefined && !isRecord(params)) return '"params" must be an object';
  const known = ['jsonrpc', 'id', 'method', 'params'];
  const extra = Object.keys(value).find(key => !known.includes(key));
  return extra === undefined ? '"params._meta" is malformed' : `unknown member ${JSON.stringify(extra)}`;
}

/** Level by level: a recursive walk would overflow on the very input it looks for. */
function tooDeep(value: unknown): boolean {
  let level = [value].filter(isNested);
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === MAX_DEPTH) return true;
    level = level.flatMap(node => Object.values(node).filter(isNested));
  }
  return false;
}

function eitherId(head: Buffer, tail: Buffer): RequestId | null {
  return leadingId(head.toString('utf8', 0, HEAD)) ?? closingId(tail.toString('utf8'));
}

/** The id at the outer level of a broken frame, if it comes early and whole. Nested ids belong to arguments. */
function leadingId(head: string): RequestId | null {
  let depth = 0;
  let before = '';
  let last = '';
  let candidate: string | undefined;
  for (const [token] of head.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g)) {
    // What follows the value shows that it was not cut off.
    if (candidate !== undefined) return token === ',' || token === '}' ? parseId(candidate) : null;
    if (depth === 1 && before === '"id"' && last === ':') candidate = token;
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    before = last;
    last = token;
  }
  return null;
}

/** The SDK's clients write the id last: `…,"jsonrpc":"2.0","id":5}`. One closing brace means the outer level. */
function closingId(tail: string): RequestId | null {
  const found = /,\s*"id"\s*:\s*(-?\d+|"[^"\\]*")\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/.exec(tail);
  return parseId(found?.[1] ?? '');
}

function parseId(token: string): RequestId | null {
  // Where bytes were invalid or cut, the id read is not the id sent.
  return token.includes('\uFFFD') ? null : idOf({ id: jsonIn(token) });
}

function refused(id: RequestId | null, code: number, message: string): Frame {
  return { kind: 'refused', errors: [{ id, code, message }] };
}

function idOf(value: unknown): RequestId | null {
  return isRecord(value) && isRequestId(value.id) ? value.id : null;
}

export function isRequestId(id: unknown): id is RequestId {
  return typeof id === 'string' || Number.isSafeInteger(id);
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
