import type { Reader } from '../store/store.js';

type Kept<T> = { readonly version: number; readonly values: Map<string, T> };

/** Values kept of one connection. */
const MOST = 10_000;

/** Keeps what is read of a connection under a key until somebody commits: reading it again costs more than a search. */
export function untilCommit<T>(): (reader: Reader, key: string, read: () => Promise<T>) => Promise<T> {
  const kept = new WeakMap<Reader, Kept<T>>();
  return async (reader, key, read) => {
    const values = valuesOf(kept, reader);
    const known = values.get(key);
    if (known !== undefined) return known;
    const value = await read();
    if (values.size >= MOST) values.clear();
    values.set(key, value);
    return value;
  };
}

function valuesOf<T>(kept: WeakMap<Reader, Kept<T>>, reader: Reader): Map<string, T> {
  const version = reader.version();
  const known = kept.get(reader);
  if (known?.version === version) return known.values;
  const values = new Map<string, T>();
  kept.set(reader, { version, values });
  return values;
}
