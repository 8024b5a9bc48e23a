import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../../src/config/load.js';
import { forget } from '../../src/memory/forget.js';
import { NEWEST, newestRows } from '../../src/memory/newest-rows.js';
import { propose } from '../../src/memory/propose.js';
import type { Call } from '../../src/schema/call.js';
import { type Sources, systemSources } from '../../src/sources.js';
import { newestHolding } from '../../src/store/memory-text.js';
import { storeFor } from '../support/engines.js';
import { randomFrom, seedOfRun } from '../support/mintmark.js';
import { databasePath } from '../support/remember.js';
import { runs } from '../support/sweep.js';

const SEED = seedOfRun();
const CALL: Call = {
  namespace: 'default',
  home: { nodes: ['repo:acme/app'], aliases: [] },
  trust: 'agent',
  approval: 'unavailable',
};
/** Few enough for some of them to be common; forms of one word are one word. */
const WORDS =
  'deploy deploys deployed kamal hetzner linode app acme retries retry payment billing gateway 数据库 naïve'.split(
    ' ',
  );
const PAIRS = WORDS.flatMap((word, at) => WORDS.slice(at + 1, at + 3).map(other => `${word} ${other}`));

/** A word that one memory says, or none yet. */
const own = (count: number) => `word${[...String(count)].map(digit => 'qwrtzpsdfg'[Number(digit)]).join('')}`;
const owns = (count: number) => Array.from({ length: 25 }, (_, at) => own(Math.max(0, count - 15) + at));

const window = (path: string) => {
  const store = storeFor(path);
  return { store, sources: systemSources, options: resolveOptions({}) };
};
type Window = ReturnType<typeof window>;

/** What is remembered, and what the index says. */
const both = ({ store }: Window, keys: readonly string[]) =>
  store.write(CALL.namespace, async writer => {
    const rows = newestRows(store, CALL.namespace);
    await rows.catchUp(writer);
    const held = await rows.holding(writer, keys);
    const indexed = await newestHolding(
      writer,
      keys.map(key => key.split(' ')),
      NEWEST,
    );
    return { remembered: keys.map(key => held.get(key)), indexed };
  });

describe('what is remembered of the newest rows', () => {
  it(`is what the index says, whoever adds, undoes or purges rows (MINTMARK_SEED=${SEED})`, async () => {
    const random = randomFrom(SEED);
    const below = (most: number) => Math.floor(random() * most);
    const path = databasePath();
    const [ours, other] = [window(path), window(path)];
    const ids: string[] = [];
    let said = 0;
    const say = () => Array.from({ length: 3 + below(6) }, () => WORDS[below(WORDS.length)]).join(' ');
    const add = async (parts: Window, most = 12) => {
      const changes = Array.from({ length: 1 + below(most) }, () => ({ content: `${say()} ${own(said++)}` }));
      const { changes: added } = await propose(parts, { changes, commit: random() < 0.5 }, CALL);
      ids.push(...added.flatMap(({ memory_id }) => memory_id ?? []));
    };
    const acts = [
      () => add(ours),
      () => add(ours, 40),
      () => add(other),
      () => expect(add({ ...ours, sources: failingLast() })).rejects.toThrow('undone'),
      () => purge(other, ids.splice(-1 - below(2))),
      () => purge(ours, ids.splice(below(ids.length), 1)),
      () => both(other, WORDS),
    ];
    for (let act = 0; act < runs(300); act += 1) {
      await acts[below(acts.length)]?.();
      const { remembered, indexed } = await both(ours, [...WORDS, ...PAIRS, ...owns(said)].slice(below(20)));
      expect(remembered).toEqual(indexed);
    }
    await Promise.all([ours.store.close(), other.store.close()]);
  });
});

const purge = async (parts: Window, ids: readonly string[]) => {
  if (ids.length > 0) await forget(parts, { ids, purge: true }, CALL);
};

/** Fails when the event of a change is sealed, after its rows were written. */
function failingLast(): Sources {
  let rows = 0;
  return {
    ...systemSources,
    newId: prefix => {
      if (prefix === 'mem') rows += 1;
      return systemSources.newId(prefix);
    },
    newSalt: () => {
      rows -= 1;
      if (rows < 0) throw new Error('undone');
      return systemSources.newSalt();
    },
  };
}
