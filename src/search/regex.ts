import { Worker } from 'node:worker_threads';
import { EngineError, reasonOf } from '../errors.js';

const LONGEST = 1000;

/** Runs beside the event loop, because a pattern can take for ever and JavaScript cannot interrupt one. */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const pattern = new RegExp(workerData.source, workerData.flags);
// Piled-up marks are sorted in quadratic time, so a long text that has them stays as it is.
const composed = text => text.length > 5000 && /\\p{M}{31}/u.test(text) ? text : text.normalize();
parentPort.on('message', texts => parentPort.postMessage(texts.map(text => {
  const found = pattern.exec(composed(text));
  return found && found[0].slice(0, workerData.shown);
})));`;

/** What matches first in a text, its beginning only, or null. */
export type Match = string | null;

const SHOWN = 100;

/**
 * Matches texts against a JavaScript pattern in a worker that is ended once matching has taken `timeoutMs`, whatever
 * reading the texts takes. Case counts only when the pattern holds a capital letter; ^ and $ stand for the ends of lines,
 * since a text may be a part of a file. Both are read in NFC: how a letter is composed is not seen.
 */
export class PatternSearch {
  readonly #worker: Worker;
  readonly #failed: Promise<never>;
  readonly #online: Promise<unknown>;
  readonly #fail: (reason: EngineError) => void;
  readonly #timeoutMs: number;
  #left: number;

  constructor(given: string, timeoutMs: number) {
    const source = readable(given);
    this.#timeoutMs = timeoutMs;
    this.#left = timeoutMs;
    this.#worker = new Worker(WORKER, {
      eval: true,
      workerData: { source, flags: flagsOf(source), shown: SHOWN },
      resourceLimits: { maxOldGenerationSizeMb: 128 },
    });
    const { promise, reject } = withReject();
    this.#failed = promise;
    this.#fail = reject;
    this.#worker.once('error', error =>
      reject(
        new EngineError(
          'invalid',
          `The pattern could not be run: ${error.message}`,
          'Simplify the pattern, or use mode "lexical".',
        ),
      ),
    );
    // The pattern's time, not what a busy machine takes to start a thread.
    this.#online = new Promise(resolve => this.#worker.once('online', resolve));
  }

  async match(texts: readonly string[]): Promise<Match[]> {
    await Promise.race([this.#online, this.#failed]);
    const matched = new Promise<Match[]>(resolve => this.#worker.once('message', resolve));
    const start = performance.now();
    const timer = setTimeout(() => this.#fail(stillRunning(this.#timeoutMs)), this.#left).unref();
    this.#worker.postMessage(texts);
    try {
      return await Promise.race([matched, this.#failed]);
    } finally {
      clearTimeout(timer);
      this.#left = Math.max(1, this.#left - (performance.now() - start));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

const stillRunning = (timeoutMs: number): EngineError =>
  new EngineError(
    'too_large',
    `The pattern was still running after ${timeoutMs} ms.`,
    'Avoid nested repetition such as (a+)+, narrow the scope, or use mode "lexical".',
  );

function readable(given: string): string {
  if (given.length <= LONGEST) return given.normalize();
  throw new EngineError(
    'too_large',
    `The pattern has ${given.length} characters; ${LONGEST} is the limit.`,
    'Shorten the pattern, or use mode "lexical".',
  );
}

function flagsOf(source: string): string {
  const caseless = /\p{Lu}/u.test(source.replace(/\\./gu, '')) ? '' : 'i';
  try {
    new RegExp(source, `mu${caseless}`);
    return `mu${caseless}`;
  } catch (error) {
    throw new EngineError(
      'invalid',
      `Not a regular expression: ${reasonOf(error)}`,
      'Correct the pattern (JavaScript syntax, unicode), or use mode "lexical", where any text is legal.',
    );
  }
}

function withReject(): { promise: Promise<never>; reject: (reason: EngineError) => void } {
  let reject: (reason: EngineError) => void = () => {};
  const promise = new Promise<never>((_, fail) => {
    reject = fail;
  });
  // Nobody may be waiting at the moment it fails; the next match hears of it.
  promise.catch(() => {});
  return { promise, reject };
}
