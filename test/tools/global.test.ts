import { expect, it } from 'vitest';
import { connect } from '../support/connect.js';

const written = async (change: object, home = { nodes: ['repo:acme/app'], aliases: [] }): Promise<string> => {
  await using server = await connect({ home });
  return (await server.call('memory_propose', { changes: [{ content: 'Tabs, not spaces.', ...change }] }))
    .scope;
};

it.each([
  ['a preference', { type: 'preference' }, 'global'],
  ['a preference that is not to be global', { type: 'preference', global: false }, 'repo:acme/app'],
  ['a preference about something', { type: 'preference', graph_nodes: ['user:ada'] }, 'user:ada'],
  ['a preference about nothing', { type: 'preference', global: false, graph_nodes: [] }, 'global'],
  ['a fact', {}, 'repo:acme/app'],
  ['a fact that is not to be global', { global: false }, 'repo:acme/app'],
  ['a global fact', { global: true }, 'global'],
])('%s is written in its place', async (_, change, scope) => {
  expect(await written(change)).toBe(scope);
});

it('a preference that is not to be global goes to the inbox without a home', async () => {
  expect(await written({ type: 'preference', global: false }, { nodes: [], aliases: [] })).toBe('inbox:');
});
