import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, matches } from '../../src/checkpoint/match.js';
import type { ScopeFilter } from '../../src/schema/scope.js';
import { newestMedallions, newestMedallionsAt } from '../../src/store/newest-medallions.js';
import { Session } from '../../src/store/sqlite/connection.js';
import { connect } from '../../src/store/sqlite/driver.js';
import type { Reader } from '../../src/store/store.js';
import { fixedSources } from '../support/connect.js';
import { storeFor } from '../support/engines.js';
import { strikeMany } from '../support/medallions.js';
import { databasePath } from '../support/remember.js';
import { runs } from '../support/sweep.js';

const names = (letters: string) =>
  fc.uniqueArray(fc.constantFrom(...letters), { maxLength: 4 }).map(chosen => [...chosen].sort());
const scope = fc.record({ graph_nodes: names('abcdef'), tags: names('uvwx') });
const filter: fc.Arbitrary<ScopeFilter> = fc.record({
  nodes: fc.oneof(
    fc.constant({ match: 'everything' as const }),
    fc.record({ match: fc.constant('home' as const), anyOf: names('abcdefz') }),
    fc.record({ match: fc.constant('named' as const), allOf: names('abcdefz') }),
  ),
  tags: names('uvwxz'),
});

describe('matching', () => {
  const named = (allOf: readonly string[], tags: readonly string[] = []): ScopeFilter => ({
    nodes: { match: 'named', allOf },
    tags,
  });
  const stored = { graph_nodes: ['a', 'b'], tags: ['t'] };

  it.each([
    ['all nodes asked for are there', named(['a']), true],
    ['one of them is not', named(['a', 'c']), false],
    ['a tag overlaps', named(['a'], ['t', 'u']), true],
    ['no tag does', named(['a'], ['u']), false],
    ['no nodes are asked for by name, which means global', named([], ['t']), false],
  ])('when %s', (_, asked, expected) => {
    expect(matches(stored, asked)).toBe(expected);
  });
});

describe('containing', () => {
  it('never takes anything from view: what asks for the inner scope finds the outer one', () => {
    fc.assert(
      fc.property(scope, scope, filter, (inner, more, asked) => {
        const outer = {
          graph_nodes: inner.graph_nodes.length === 0 ? [] : [...inner.graph_nodes, ...more.graph_nodes],
          tags: [...inner.tags, ...more.tags],
        };
        expect(contains(outer, inner)).toBe(true);
        expect(!matches(inner, asked) || matches(outer, asked)).toBe(true);
      }),
    );
  });

  it('does not hold for what has less, nor of a global scope in another', () => {
    expect(contains({ graph_nodes: ['a'], tags: [] }, { graph_nodes: ['a', 'b'], tags: [] })).toBe(false);
    expect(contains({ graph_nodes: ['a'], tags: [] }, { graph_nodes: ['a'], tags: ['t'] })).toBe(false);
    expect(contains({ graph_nodes: ['a'], tags: ['t'] }, { graph_nodes: [], tags: ['t'] })).toBe(false);
  });
});

describe("the store's query", () => {
  it('equals the rule on random sets, newest first, now and as of a time', async () => {
    const store = storeFor(databasePath());
    const sources = fixedSources();
    const scopes = fc
      .sample(scope, { numRuns: runs(1500), seed: 7 })
      .filter(({ graph_nodes, tags }) => graph_nodes.length + tags.length > 0);
    const distinct = [...new Map(scopes.map(one => [JSON.stringify(one), one])).values()];
    const ids = await strikeMany(store, sources, distinct);
    const rule = (asked: ScopeFilter) =>
      ids.filter((_, index) => matches(distinct[index] ?? { graph_nodes: [], tags: [] }, asked)).reverse();
    await fc.assert(
      fc.asyncProperty(filter, fc.integer({ min: 1, max: 30 }), async (asked, limit) => {
        const [now, then] = await store.read('default', async reader => [
          await newestMedallions(reader, asked, limit),
          await newestMedallionsAt(reader, asked, { asOf: sources.now(), limit }),
        ]);
        expect(now?.map(({ id }) => id)).toEqual(rule(asked).slice(0, limit));
        expect(then).toEqual(now);
      }),
      { numRuns: runs(300) },
    );
    await store.close();
  });

  it.each([
    ['everything', { nodes: { match: 'everything' }, tags: [] }],
    ['a home', { nodes: { match: 'home', anyOf: ['a', 'b'] }, tags: ['u'] }],
    ['named nodes and tags', { nodes: { match: 'named', allOf: ['a', 'b'] }, tags: ['u', 'v'] }],
  ] as const)(
    'walks %s in order, one scope after the other, without sorting or scanning',
    async (_, asked) => {
      const db = databasePath();
      const store = storeFor(db);
      await strikeMany(store, fixedSources(), [{ graph_nodes: ['a', 'b'], tags: ['u'] }]);
      await store.close();
      const connection = connect(db);
      const session = new Session('default', connection);
      const plans: string[] = [];
      const explaining: Reader = {
        namespace: 'default',
        dialect: session.dialect,
        version: () => session.version(),
        async all(query) {
          const [first = '', ...rest] = query.text;
          const plan = await session.all<{ detail: string }>({
            ...query,
            text: [`explain query plan ${first}`, ...rest],
          });
          plans.push(...plan.map(({ detail }) => detail));
          return session.all(query);
        },
        count: query => session.count(query),
        get: query => session.get(query),
      };
      expect(await newestMedallions(explaining, asked, 10)).toHaveLength(1);
      connection.close();
      expect(plans.join('\n')).toMatch(
        /SEARCH k USING (?:COVERING INDEX|PRIMARY KEY|INDEX \S+) ?\(namespace=\? AND kind=\? AND name=\?\)/,
      );
      expect(plans.filter(plan => /^SCAN (?!json_each)|TEMP B-TREE|AUTOMATIC/.test(plan))).toEqual([]);
    },
  );
});
