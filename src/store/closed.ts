import { EngineError } from '../errors.js';
import type { Store } from './store.js';

/** For a call that comes after the store was closed: what it would open nobody would close again. */
export const closed = (): EngineError =>
  new EngineError('unavailable', 'The engine is closed.', 'Open another one with openEngine.');

/**
 * The same store, which begins nothing more once `closing` says so, not even what was asked for before and waits for its
 * turn: whoever closes waits for what is under way, and a thousand calls may wait behind it.
 */
export function untilClosed(store: Store, closing: AbortSignal): Store {
  const demandOpen = () => {
    if (closing.aborted) throw closed();
  };
  return {
    ...store,
    read: async (namespace, fn) => {
      demandOpen();
      return store.read(namespace, reader => {
        demandOpen();
        return fn(reader);
      });
    },
    write: async (namespace, fn) => {
      demandOpen();
      return store.write(namespace, writer => {
        demandOpen();
        return fn(writer);
      });
    },
  };
}
