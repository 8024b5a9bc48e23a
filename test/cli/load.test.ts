import { expect, test } from 'vitest';
import { Place } from './command-line.js';

test('load prints the text that load_by_scope gives an agent', async () => {
  using place = new Place();
  await place.propose([{ content: 'Deploys happen on Fridays.', global: true }]);
  const { text } = await place.within(engine =>
    engine.load({}, engine.call({ home: { nodes: [], aliases: [] } })),
  );
  expect(text).toContain('Deploys happen on Fridays.');
  const { code, out } = await place.run('load');
  expect(out).toBe(`${text}\n`);
  expect(code).toBe(0);
});

test('load keeps to the home scope and global unless all scopes are asked for', async () => {
  using place = new Place();
  await place.propose([{ content: 'Only here.', graph_nodes: ['repo:other/app'] }]);
  expect((await place.run('load')).out).toContain('Nothing yet.');
  expect((await place.run('load', '--all')).out).toContain('Only here.');
  expect((await place.run('load', '--scope', 'repo:other/app')).out).toContain('Only here.');
});

test('load keeps to its budget of tokens, and says what it left out', async () => {
  using place = new Place();
  const changes = Array.from({ length: 20 }, (_, n) => ({ content: 'word '.repeat(20 + n), global: true }));
  await place.propose(changes);
  const { out } = await place.run('load', '--load-max-tokens', '300', '--json');
  const { memories, omitted } = JSON.parse(out);
  expect(memories.length + omitted.memories).toBe(20);
  expect(omitted.memories).toBeGreaterThan(10);
});

test('text that would steer a terminal does not', async () => {
  using place = new Place();
  await place.propose([{ content: 'Red \u001b[31m alert', global: true }]);
  expect((await place.run('load')).out).not.toContain('\u001b');
});
