import { describe, expect, it } from 'vitest';
import { describeScope, describeWritten, normalise, scopeToRead, scopeToWrite } from '../../src/scope.js';

const home = { nodes: ['repo:acme/app'], aliases: ['repo:app-1a2b'] };
const nowhere = { nodes: [], aliases: [] };

describe('normalise', () => {
  it('trims, composes, sorts and drops duplicates', () => {
    const names = [' b ', 'a', 'cafe\u0301', 'b', 'caf\u00e9'];
    expect(normalise({ graph_nodes: names, tags: names })).toEqual({
      graph_nodes: ['a', 'b', 'café'],
      tags: ['a', 'b', 'café'],
    });
  });

  it('keeps names apart that differ in case', () => {
    expect(normalise({ graph_nodes: ['A', 'a'] }).graph_nodes).toEqual(['A', 'a']);
  });

  it.each([' ', '\u2003', 'a\0', '\udfff'])('refuses the name %j', name => {
    expect(() => normalise({ graph_nodes: [name] })).toThrow(/graph node or tag/);
    expect(() => normalise({ tags: [name] })).toThrow(/graph node or tag/);
  });
});

describe('scopeToWrite', () => {
  it.each([
    [
      'the home where none is named, with the tags',
      { tags: ['t'], globalByDefault: false },
      home,
      ['repo:acme/app'],
    ],
    ['the inbox without a home', { tags: ['t'], globalByDefault: false }, nowhere, ['inbox:']],
    ['what is named', { graph_nodes: ['x:1'], tags: ['t'], globalByDefault: false }, home, ['x:1']],
    ['nothing where none is asked for', { graph_nodes: [], tags: ['t'], globalByDefault: false }, home, []],
    ['global', { global: true, tags: ['t'], globalByDefault: false }, home, []],
    ['global for preferences', { tags: ['t'], globalByDefault: true }, home, []],
    [
      'what is named for preferences',
      { graph_nodes: ['x:1'], tags: ['t'], globalByDefault: true },
      home,
      ['x:1'],
    ],
  ])('is %s', (_, input, from, graph_nodes) => {
    expect(scopeToWrite(input, from)).toEqual({ graph_nodes, tags: ['t'] });
  });

  it('refuses to be global and somewhere', () => {
    const both = { global: true, graph_nodes: ['x:1'], globalByDefault: false };
    expect(() => scopeToWrite(both, home)).toThrow(/global/);
  });
});

describe('scopeToRead', () => {
  it.each([
    ['the home, its earlier names and global', {}, home, 'repo:acme/app + repo:app-1a2b + global'],
    ['the inbox and global without a home', {}, nowhere, 'inbox: + global'],
    ['all that is named', { graph_nodes: ['b', 'a'] }, home, 'a & b'],
    ['global alone', { graph_nodes: [] }, home, 'global'],
    ['everything', { all: true }, home, 'all scopes'],
    ['one of the tags', { tags: ['y', 'x'] }, nowhere, 'inbox: + global, tagged x or y'],
  ])('looks in %s', (_, input, from, described) => {
    expect(describeScope(scopeToRead(input, from))).toBe(described);
  });

  it('is described as it is written', () => {
    expect(describeWritten({ graph_nodes: [], tags: [] })).toBe('global');
    expect(describeWritten({ graph_nodes: ['a', 'b'], tags: ['t'] })).toBe('a & b, tagged t');
  });
});
