import type { Call } from '../schema/call.js';
import type { ScopeFilter } from '../schema/scope.js';
import { scopeToRead } from '../scope.js';
import type { Reader, Store } from './store.js';

/** Ids that begin so, newest first, no more than `COMPLETED`. */
export type ByPrefix = (reader: Reader, prefix: string, scope: ScopeFilter) => Promise<{ id: string }[]>;

/** As many ids as MCP lets a completion have. */
export const COMPLETED = 100;

/** Completes ids of the home scope and global. */
export const completing =
  (byPrefix: ByPrefix) =>
  (store: Store, { namespace, home }: Call, prefix: string): Promise<string[]> =>
    store.read(namespace, async reader =>
      (await byPrefix(reader, prefix, scopeToRead({}, home))).map(({ id }) => id),
    );
