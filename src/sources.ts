import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';

/** Where time, ids and randomness come from; tests hand in fixed ones. */
export type Sources = {
  /** Unix milliseconds, UTC. */
  now(): number;
  /** `<prefix>_<uuidv7 without dashes>`, increasing within a process even in the same millisecond. */
  newId(prefix: string): string;
  /** 32 hex characters, 122 bits of them random, that make a body's hash unguessable. */
  newSalt(): string;
};

export const systemSources: Sources = {
  now: () => Date.now(),
  newId: prefix => `${prefix}_${uuidv7().replaceAll('-', '')}`,
  // Node draws UUIDs from a pool; random bytes cost a system call each.
  newSalt: () => randomUUID().replaceAll('-', ''),
};
