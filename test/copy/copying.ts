import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { resolveOptions } from '../../src/config/load.js';
import { type Copied, type Copying, copyNamespace } from '../../src/copy/copy.js';
import { composeEngine, type Engine } from '../../src/engine.js';
import { openStore } from '../../src/open-store.js';
import { systemSources } from '../../src/sources.js';
import type { Store } from '../../src/store/store.js';
import { fillWithEverything } from '../store/everything.js';
import { fixedSources } from '../support/connect.js';
import { databasePath } from '../support/remember.js';
import { dumpOf } from './dump.js';

export type Place = { readonly from: string; readonly to: string };
export type Given = Partial<Copying> & { readonly through?: (to: Store) => Store };

const options = resolveOptions({ durability: 'normal' });

/** What a path or URL names itself, on whatever engine the tests run. */
export const openAt = (db: string, sources = systemSources): Engine =>
  composeEngine(resolveOptions({ db, durability: 'normal', embedder: 'static' }), {
    sources,
    home: { nodes: ['repo:acme/app'], aliases: [] },
  });

/** Copies one file to another, through stores of its own. */
export async function copy(place: Place, { through = to => to, ...given }: Given = {}): Promise<Copied> {
  const from = openStore(place.from, options);
  const to = openStore(place.to, options);
  try {
    const target = through(to);
    return await copyNamespace({ from, to: target, namespace: 'default', source: place.from, ...given });
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

/** A database with a little of everything, and a place for a copy of it. */
export async function filled(): Promise<Place> {
  const place = { from: databasePath(), to: databasePath() };
  everything ??= fill();
  writeFileSync(place.from, await everything);
  return place;
}

let everything: Promise<Uint8Array> | undefined;

/** Filled once, and closed before it is read: a database may not be opened past SQLite while it is in use. */
async function fill(): Promise<Uint8Array> {
  const db = databasePath();
  const engine = openAt(db, fixedSources());
  await fillWithEverything(engine);
  await engine.settled();
  await engine.close();
  return readFileSync(db);
}

/** One with a single memory. */
export async function small(content = 'Mine.'): Promise<Place> {
  const place = { from: databasePath(), to: databasePath() };
  await using engine = openAt(place.from);
  await engine.memories.propose({ changes: [{ content }], commit: true });
  return place;
}

/** The store, which has something done before each of its writes. */
export const before = (store: Store, work: (writes: number) => Promise<void> | void): Store => {
  let writes = 0;
  return {
    ...store,
    write: async (namespace, fn) => {
      writes += 1;
      await work(writes);
      return store.write(namespace, fn);
    },
  };
};

export async function expectCopy({ from, to }: Place): Promise<void> {
  expect(dumpOf(to)).toEqual(dumpOf(from));
  await using engine = openAt(to);
  expect((await engine.verify({ deep: true })).findings).toEqual([]);
}
