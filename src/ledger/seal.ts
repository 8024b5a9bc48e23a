import type { LedgerEvent } from '../schema/event.js';
import type { Body } from '../store/bodies.js';
import { canonicalJson, sha256 } from '../text/hash.js';

export const FIRST_PREVIOUS_HASH = '0'.repeat(64);

/** The owner under which an event's body lies. */
export const eventOwner = (stream: string, sequence: number): string => `event:${stream}:${sequence}`;

/** The owner under which the reason of a batch's rejection lies. */
export const reasonOwner = (batchId: string): string => `${batchId}/reason`;

/** Of a body. Salted, so that the hash that stays in the chain after a purge gives nothing away. */
export const saltedHash = (salt: string, content: string): string => sha256(salt + content);

/** A body of this text. */
export const sealText = (owner: string, salt: string, content: string): Body => ({
  ...{ owner, salt, content },
  hash: saltedHash(salt, content),
});

/** A body of the RFC 8785 text of a value. */
export const sealBody = (owner: string, salt: string, value: unknown): Body =>
  sealText(owner, salt, canonicalJson(value));

/** Of this version or, in an imported stream, of a later one, which may have more types. */
export type Unsealed = Omit<LedgerEvent, 'hash' | 'position' | 'type'> & { readonly type: string };

/** SHA-256 of the RFC 8785 text of everything in the event but the hash itself; the namespace is left out so that a stream can be moved. */
export const eventHash = ({ stream, sequence, type, at, body_hash, previous_hash }: Unsealed): string =>
  sha256(canonicalJson({ stream, sequence, type, at, body_hash, previous_hash }));
