import { afterAll, describe, expect, it } from 'vitest';
import { allBodies, type Body, insertBodies } from '../../src/store/bodies.js';
import { passagesAfter } from '../../src/store/passage-rows.js';
import { insertPassages, type NewPassage } from '../../src/store/passages.js';
import { internScope, internScopes, knownScope } from '../../src/store/scopes.js';
import { together } from '../../src/store/together.js';
import { storeFor } from '../support/engines.js';

const SPACE = 'rows';
const NOTHING = {
  session_id: null,
  run_id: null,
  sequence: null,
  ended_at: null,
  first_line: null,
  last_line: null,
};
const passage = (part: number, scope_id: number): NewPassage => ({
  row: { ...NOTHING, kind: 'blob', owner: 'blob_1', part, scope_id, trust: 'user', created_at: part },
  text: { own: `word${part}`, before: '', after: '', scope: '' },
});
const bodyOf = (owner: string, content: string): Body => ({ owner, salt: '', hash: '', content });

describe('rows that are added together', () => {
  const store = storeFor(':memory:');
  afterAll(() => store.close());

  it('are what they were, whatever their texts hold', async () => {
    const texts = [
      '',
      '"',
      "'",
      '\\',
      '\\u0041',
      '{"a":null}',
      'null',
      '\t\n\r',
      '\u2028',
      '字😀',
      '%s',
      '$1',
    ];
    const bodies = texts.map((content, index) => bodyOf(`odd_${String(index).padStart(2, '0')}`, content));
    await store.write(SPACE, writer => insertBodies(writer, bodies));
    expect(await store.read(SPACE, reader => allBodies(reader, 'odd_', 20))).toEqual(bodies);
  });

  it('are all there, however many and however large', async () => {
    const bodies = Array.from({ length: 150 }, (_, index) =>
      bodyOf(`many_${String(index).padStart(3, '0')}`, index % 60 === 0 ? 'x'.repeat(7_000_000) : `${index}`),
    );
    await store.write(SPACE, writer => insertBodies(writer, bodies));
    const found = await store.read(SPACE, reader => allBodies(reader, 'many_', 200));
    expect(found.filter(({ owner }) => owner < 'many_~').map(({ content }) => content.length)).toEqual(
      bodies.map(({ content }) => content.length),
    );
  });

  it('are numbered in their order, and their texts with them', async () => {
    await store.write(SPACE, async writer => {
      const scope_id = await internScope(writer, { graph_nodes: [], tags: [] });
      const rows = Array.from({ length: 70 }, (_, part) => passage(part, scope_id));
      await insertPassages(writer, rows);
      await insertPassages(writer, []);
    });
    const found = await store.read(SPACE, reader => passagesAfter(reader, { after: 0, limit: 100 }));
    expect(found.map(({ number, part }) => [number, part])).toEqual(found.map((_, part) => [part + 1, part]));
    expect(found).toHaveLength(70);
  });

  it('are none of them there when one is refused', async () => {
    const twice = [bodyOf('once', '1'), bodyOf('twice', '2'), bodyOf('twice', '3')];
    await expect(store.write(SPACE, writer => insertBodies(writer, twice))).rejects.toThrow();
    const found = await store.read(SPACE, reader => allBodies(reader, 'once', 1));
    expect(found.map(({ owner }) => owner)).not.toContain('once');
  });

  it('fail with what failed first, and nothing that was begun with them goes on afterwards', async () => {
    const scope = { graph_nodes: ['repo:late'], tags: [] };
    const twice = [bodyOf('early', '1'), bodyOf('early', '2')];
    const both = store.write(SPACE, writer =>
      together([
        insertBodies(writer, twice),
        internScope(writer, scope),
        insertBodies(writer, [bodyOf('late', '')]),
      ]),
    );
    await expect(both).rejects.toThrow(/unique|written once/);
    const found = await store.read(SPACE, async reader => [
      await knownScope(reader, scope),
      ...(await allBodies(reader, 'l', 5)).map(({ owner }) => owner),
    ]);
    expect(found).not.toContain('late');
    expect(found[0]).toBeUndefined();
  });

  it('of one scope get the same id, and one that has it gets it again', async () => {
    const scopes = ['repo:a', 'repo:b', 'repo:a'].map(node => ({ graph_nodes: [node], tags: ['t'] }));
    const first = await store.write(SPACE, writer => internScopes(writer, scopes));
    const again = await store.write(SPACE, writer => internScopes(writer, [...scopes, ...scopes]));
    expect(first[0]).toBe(first[2]);
    expect(new Set(first).size).toBe(2);
    expect(again).toEqual([...first, ...first]);
    expect(await store.write(SPACE, writer => internScopes(writer, []))).toEqual([]);
  });
});
