import type { Readable, Writable } from 'node:stream';
import {
  INTERNAL_ERROR,
  type JSONRPCMessage,
  type RequestId,
  type Transport,
} from '@modelcontextprotocol/server';
import { type Frame, isRequestId, type Refusal, readLine, refuseOversize, TAIL } from './frame.js';

/** Bytes of one line. The SDK's own stdio transport stops at the same size, but by closing. */
const MAX_LINE = 10 * 1024 * 1024;
/**
 * Above either nothing more is delivered: a client that sends and never reads must not fill our memory. What comes is
 * still read, up to MAX_BACKLOG, because the end of input is seen only by who has read what is before it.
 */
const MAX_OPEN = 1_024;
const MAX_BACKLOG = 16 * 1024 * 1024;
const NEWLINE = 10;
/** A line buffer larger than this is given back after the line. */
const KEEP = 1024 * 1024;

/**
 * Newline-delimited JSON-RPC that answers every frame which could be a request: -32700 for what is not JSON in UTF-8,
 * -32600 for what is not a message, too long or too deep (JSON-RPC 2.0, section 5.1), with the id when it has one and
 * null otherwise. Malformed notifications and replies have nobody to answer; they only reach `onerror`.
 *
 * The end of input does not close it: the owner hears `onended`, drains and closes.
 */
export class LineTransport implements Transport {
  onclose?: Transport['onclose'];
  onerror?: Transport['onerror'];
  onmessage?: Transport['onmessage'];
  /** The peer can send or hear no more, and why. May be called more than once. */
  onended?: (reason: string) => void;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #lines: LineSplitter;
  /** Requests delivered and not yet answered. A client that reuses an id has several under it. */
  readonly #open = new Map<RequestId, number>();
  /** Subscriptions: acknowledged by a notification and answered only when the connection ends, so not waited for. */
  readonly #listening = new Set<RequestId>();
  #openCount = 0;
  /** Read and not yet delivered. */
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #delivering = false;
  #ended = false;
  #closed = false;
  #onquiet: (() => void) | undefined;

  constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.#output = output;
    this.#lines = new LineSplitter(
      MAX_LINE,
      bytes => this.#receive(readLine(bytes)),
      (head, tail) => this.#receive(refuseOversize(head, tail, MAX_LINE)),
    );
  }

  async start(): Promise<void> {
    this.#output.on('error', this.#onbroken);
    this.#input.on('error', this.#onbroken);
    this.#input.on('end', this.#onend);
    this.#input.on('close', this.#onend);
    this.#input.on('data', this.#ondata);
    if (this.#input.readableEnded || this.#input.destroyed) setImmediate(this.#onend);
  }

  /** Resolves when the line has left the process. A reply nobody waits for, its request cancelled, goes nowhere. */
  async send(message: JSONRPCMessage): Promise<void> {
    const answers = 'result' in message || 'error' in message ? message.id : undefined;
    if (answers !== undefined && !this.#open.has(answers) && !this.#listening.has(answers)) return;
    const written = this.#write(encode(message));
    if (answers !== undefined) this.#settle(answers);
    await written;
  }

  /** Stops reading and waits for the replies to what was read to be made and flushed: false if `ms` was not enough. */
  drain(ms: number): Promise<boolean> {
    this.#input.off('data', this.#ondata).pause();
    if (this.#quiet()) return Promise.resolve(true);
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), ms);
      this.#onquiet = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // The 'error' listeners stay: a write still under way may fail after this.
    this.#input.off('data', this.#ondata).off('end', this.#onend).off('close', this.#onend).pause();
    this.onclose?.();
    this.onended?.('connection closed');
  }

  readonly #ondata = (chunk: Buffer): void => {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    this.#regulate();
  };

  readonly #onend = (): void => {
    if (this.#closed) return;
    this.#ended = true;
    this.#regulate();
    this.onended?.('end of input');
  };

  readonly #onbroken = (error: Error): void => {
    if (this.#closed) return;
    this.onerror?.(error);
    this.onended?.(error.message);
  };

  #receive(frame: Frame): void {
    if (frame.kind === 'message') this.#deliver(frame.message);
    else if (frame.kind === 'refused') for (const error of frame.errors) this.#refuse(error);
    else if (frame.kind === 'unanswerable') this.onerror?.(new Error(`ignored: ${frame.reason}`));
  }

  #deliver(message: JSONRPCMessage): void {
    if ('method' in message && 'id' in message) {
      if (message.method === 'subscriptions/listen') this.#listening.add(message.id);
      else this.#track(message.id);
    } else if ('method' in message && message.method === 'notifications/cancelled') {
      const id = message.params?.requestId;
      // By protocol a cancelled request gets no answer.
      if (isRequestId(id)) this.#settle(id);
    }
    this.onmessage?.(message);
  }

  #refuse(error: Refusal): void {
    this.onerror?.(new Error(error.message));
    const { id, code, message } = error;
    // A failing output reports itself through its 'error' event.
    this.#write(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } })).catch(() => {});
  }

  #write(line: string): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('the connection is closed'));
    return new Promise((resolve, reject) => {
      this.#output.write(`${line}\n`, error => {
        this.#regulate();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  #track(id: RequestId): void {
    this.#open.set(id, (this.#open.get(id) ?? 0) + 1);
    this.#openCount += 1;
  }

  #settle(id: RequestId): void {
    this.#listening.delete(id);
    const count = this.#open.get(id);
    if (count === undefined) return;
    if (count === 1) this.#open.delete(id);
    else this.#open.set(id, count - 1);
    this.#openCount -= 1;
    this.#regulate();
  }

  #quiet(): boolean {
    const isAnswered = this.#heldBytes === 0 && this.#openCount === 0;
    return this.#output.destroyed || (isAnswered && this.#output.writableLength === 0);
  }

  #isFull(): boolean {
    return this.#openCount >= MAX_OPEN || this.#output.writableLength > MAX_BACKLOG;
  }

  /** A reply may be sent while its request is delivered, and make room: what comes next still waits its turn. */
  #deliverHeld(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    while (!this.#isFull() && !this.#closed) {
      const chunk = this.#held.shift();
      if (!chunk) break;
      this.#heldBytes -= chunk.length;
      this.#lines.push(chunk);
    }
    if (this.#ended && this.#heldBytes === 0) this.#lines.end();
    this.#delivering = false;
  }

  #regulate(): void {
    this.#deliverHeld();
    if (this.#onquiet && this.#quiet()) this.#onquiet();
    if (this.#onquiet || this.#closed) return;
    const full = this.#heldBytes > MAX_BACKLOG;
    if (full === this.#input.isPaused()) return;
    if (full) this.#input.pause();
    else this.#input.resume();
  }
}

/** A reply that cannot be written becomes an error: the SDK would report it and leave the client waiting. */
function encode(message: JSONRPCMessage): string {
  try {
    return JSON.stringify(message);
  } catch (cause) {
    if (!('result' in message || 'error' in message)) throw cause;
    const error = { code: INTERNAL_ERROR, message: `the result cannot be written as JSON: ${cause}` };
    return JSON.stringify({ jsonrpc: '2.0', id: message.id ?? null, error });
  }
}

/** Cuts a byte stream at newlines in linear time, holding at most twice the limit. */
class LineSplitter {
  readonly #limit: number;
  readonly #online: (bytes: Buffer) => void;
  readonly #onoversize: (head: Buffer, tail: Buffer) => void;
  /** Grows by doubling: a list of the chunks would cost a client's one-byte writes a hundred bytes each. */
  #held = Buffer.alloc(0);
  #length = 0;
  /** The last bytes beyond the limit; none while the line is within it. */
  #beyond: Buffer | undefined;

  constructor(
    limit: number,
    online: (bytes: Buffer) => void,
    onoversize: (head: Buffer, tail: Buffer) => void,
  ) {
    this.#limit = limit;
    this.#online = online;
    this.#onoversize = onoversize;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#hold(chunk.subarray(start, end));
      this.end();
      start = end + 1;
    }
    this.#hold(chunk.subarray(start));
  }

  /** Hands over what is held: the bytes are valid only during the call. */
  end(): void {
    const line = this.#held.subarray(0, this.#length);
    const beyond = this.#beyond;
    if (this.#held.length > KEEP) this.#held = Buffer.alloc(0);
    this.#length = 0;
    this.#beyond = undefined;
    if (beyond) this.#onoversize(line, Buffer.concat([line.subarray(-TAIL), beyond]).subarray(-TAIL));
    else if (line.length > 0) this.#online(line);
  }

  #hold(part: Buffer): void {
    const room = this.#limit - this.#length;
    if (part.length > room) {
      this.#beyond = Buffer.concat([
        this.#beyond ?? Buffer.alloc(0),
        part.subarray(room).subarray(-TAIL),
      ]).subarray(-TAIL);
    }
    const kept = part.subarray(0, room);
    this.#reserve(this.#length + kept.length);
    kept.copy(this.#held, this.#length);
    this.#length += kept.length;
  }

  #reserve(size: number): void {
    if (size <= this.#held.length) return;
    const grown = Buffer.allocUnsafe(Math.min(this.#limit, Math.max(size, this.#held.length * 2, 4_096)));
    this.#held.copy(grown, 0, 0, this.#length);
    this.#held = grown;
  }
}
