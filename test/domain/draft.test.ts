import { describe, expect, it } from 'vitest';
import { check, leastTrusted, trustOf } from '../../src/memory/draft.js';

const call = { home: { nodes: ['repo:acme/app'], aliases: [] }, trust: 'agent' } as const;

describe('check', () => {
  it('fills in the defaults', () => {
    expect(check({ content: 'x' }, call)).toMatchObject({
      draft: {
        op: 'add',
        body: {
          type: 'fact',
          importance: 0.5,
          confidence: 0.8,
          trust: 'agent',
          supersedes: [],
          valid_from: null,
        },
      },
    });
  });

  it('makes a preference global and anything else at home', () => {
    expect(check({ content: 'x', type: 'preference' }, call)).toMatchObject({
      draft: { body: { graph_nodes: [] } },
    });
    expect(check({ content: 'x' }, call)).toMatchObject({
      draft: { body: { graph_nodes: ['repo:acme/app'] } },
    });
  });

  it('lists every problem of a change', () => {
    const change = { op: 'supersede', content: ' ', valid_from: 'soon', valid_to: 'later' } as const;
    const checked = check(change, call);
    expect('problems' in checked && checked.problems).toHaveLength(4);
  });

  it('reads times to the millisecond and refuses an empty window', () => {
    const at = '2026-01-01T00:00:00.001Z';
    expect(check({ content: 'x', valid_from: at }, call)).toMatchObject({
      draft: { body: { valid_from: Date.parse(at) } },
    });
    expect(check({ content: 'x', valid_from: at, valid_to: at }, call)).toHaveProperty('problems');
  });

  it('makes no memory of a deprecation or a noop', () => {
    expect(check({ op: 'deprecate', target_id: 'mem_1' }, call)).toEqual({
      draft: { op: 'deprecate', targetId: 'mem_1', rationale: null, source_refs: [], trust: 'agent' },
    });
    expect(check({ op: 'noop' }, call)).toEqual({
      draft: { op: 'noop', rationale: null, source_refs: [], trust: 'agent' },
    });
  });

  it('names each replaced memory once', () => {
    const supersedes = ['mem_1', 'mem_1'];
    expect(check({ op: 'supersede', content: 'x', supersedes }, call)).toMatchObject({
      draft: { body: { supersedes: ['mem_1'] } },
    });
  });
});

describe('trustOf', () => {
  it.each([
    [{}, 'user', 'user'],
    [{ trust: 'user' }, 'agent', 'agent'],
    [{ trust: 'import' }, 'agent', 'import'],
    [{ trust: 'agent' }, 'user', 'agent'],
    [{ source_refs: ['HTTPS://example.com'] }, 'user', 'tool'],
    [{ source_refs: ['docs/a.md', 'blob://blob_1'] }, 'agent', 'tool'],
    [{ source_refs: ['run://run_1/ledger'] }, 'agent', 'tool'],
    [{ source_refs: ['docs/http.md', 'Ada'] }, 'agent', 'agent'],
  ] as const)('of %j under a ceiling of %s is %s', (change, ceiling, trust) => {
    expect(
      trustOf({ ...change, source_refs: 'source_refs' in change ? [...change.source_refs] : [] }, ceiling),
    ).toBe(trust);
  });

  it('is that of the least trusted', () => {
    expect(leastTrusted(['user', 'import', 'agent'])).toBe('import');
    expect(leastTrusted([])).toBe('user');
  });
});
