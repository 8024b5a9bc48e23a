import type { Store } from './store.js';

/** The same store, which tells of each namespace once, after it was first read or written. */
export function onFirstUse(store: Store, tell: (namespace: string) => void): Store {
  const known = new Set<string>();
  const used = (namespace: string) => {
    if (known.has(namespace)) return;
    known.add(namespace);
    tell(namespace);
  };
  return {
    ...store,
    read: async (namespace, fn) => {
      const result = await store.read(namespace, fn);
      used(namespace);
      return result;
    },
    write: async (namespace, fn) => {
      const result = await store.write(namespace, fn);
      used(namespace);
      return result;
    },
  };
}
