import type { Trust } from './memory.js';
import type { Home } from './scope.js';
import type { Writer } from './writer.js';

/** What belongs to one request: who calls, from where, and how to repeat it safely. The engine never holds a client. */
export type Call = {
  readonly namespace: string;
  readonly home: Home;
  /** Keeps what is listed unasked to the home and global; omitted, a person at the command line sees it all. */
  readonly within?: 'home';
  /** The most this caller may be trusted: `agent` for a tool call, `user` for a person. */
  readonly trust: Trust;
  /** Whether a person can be asked during this call, or has already answered. */
  readonly approval: 'unavailable' | 'askable' | 'granted' | 'declined';
  readonly idempotency?: { readonly tool: string; readonly key: string; readonly argumentsHash: string };
  /** Set where a `path` argument would name a file of another machine than the caller's. */
  readonly paths?: 'refused';
  /** A model of the caller's, for this call alone. */
  readonly writer?: Writer;
  readonly signal?: AbortSignal;
};
