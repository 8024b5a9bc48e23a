import { closed } from '../closed.js';
import type { Store } from '../store.js';
import type { NearOptions } from './near-index.js';

export type PostgresOptions = {
  /** postgres://user:password@host:port/database, with what libpq knows as parameters. */
  readonly url: string;
  readonly durability: 'full' | 'normal';
  readonly busyTimeoutMs: number;
  /** From then on nothing is tried again. */
  readonly closing?: AbortSignal | undefined;
  /** How long one statement may take, in milliseconds. */
  readonly statementTimeoutMs: number;
  /** Most connections of this process, besides one that listens. */
  readonly connections: number;
  readonly near: NearOptions;
  /** Throws for what is no name of a namespace. */
  readonly checkNamespace: (namespace: string) => void;
};

/** A store that checked the names of namespaces already. */
export type Connected = Omit<Store, 'checks'>;

/** The store of a PostgreSQL database; the driver is loaded with the first use. */
export function openPostgres(options: PostgresOptions): Store {
  let loaded: Promise<Connected> | undefined;
  let closing: Promise<void> | undefined;
  const store = (namespace?: string): Promise<Connected> => {
    if (namespace !== undefined) options.checkNamespace(namespace);
    if (closing) throw closed();
    loaded ??= import('./postgres.js').then(({ connectPostgres }) => connectPostgres(options));
    return loaded;
  };
  return {
    checks: ['schema', 'namespaces', 'foreign keys', 'search index'],
    read: async (namespace, fn) => (await store(namespace)).read(namespace, fn),
    write: async (namespace, fn) => (await store(namespace)).write(namespace, fn),
    version: async namespace => (await store(namespace)).version(namespace),
    namespaces: async () => (await store()).namespaces(),
    settle: async namespace => (await store(namespace)).settle(namespace),
    facts: async namespace => (await store(namespace)).facts(namespace),
    inspect: async namespace => (await store(namespace)).inspect(namespace),
    onChange: (namespace, wake) => {
      let stop: (() => void) | undefined;
      let stopped = false;
      const hear = async () => {
        const opened = await store(namespace);
        if (!stopped) stop = opened.onChange(namespace, wake);
      };
      // Without the driver nothing is heard; every call says why.
      hear().catch(() => {});
      return () => {
        stopped = true;
        stop?.();
      };
    },
    close: () => {
      // What could not be loaded has nothing to close; every call said why.
      closing ??= Promise.resolve(loaded).then(
        opened => opened?.close(),
        () => {},
      );
      return closing;
    },
  };
}
