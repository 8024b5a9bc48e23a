export const EVENT_TYPES = [
  'MEMORY_PROPOSED',
  'MEMORY_COMMITTED',
  'MEMORY_REJECTED',
  'MEMORY_EXPIRED',
  'MEMORY_DEPRECATED',
  'MEMORY_RESTORED',
  'PURGE',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** One entry of a stream. `hash` covers everything but the body, which it covers by `body_hash`. */
export type LedgerEvent = {
  /** Order across all streams of the namespace, as this database received them. */
  readonly position: number;
  readonly stream: string;
  /** 1, 2, 3 … without gaps within the stream. */
  readonly sequence: number;
  readonly type: EventType;
  /** Unix milliseconds. */
  readonly at: number;
  /** SHA-256 of salt and body. */
  readonly body_hash: string;
  /** Hash of the event before it in the stream; 64 zeros for the first. */
  readonly previous_hash: string;
  readonly hash: string;
};
