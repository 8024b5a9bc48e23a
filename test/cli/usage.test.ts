import { expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { namedOptions } from '../../src/config/options.js';
import { fixedSources } from '../support/connect.js';
import { Place } from './command-line.js';

test.each(commands.map(({ name }) => name))('%s --help says what it does', async name => {
  using place = new Place();
  const { code, out } = await place.run(name, '--help');
  expect(out).toContain(`Usage: mintmark ${name}`);
  expect(out).toContain('--json');
  expect(code).toBe(0);
});

test('help shows the commands and the options of all of them; every option is told of by serve', async () => {
  using place = new Place();
  const shown = (out: string) => [...out.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag);
  expect(shown((await place.run('--help')).out)).toEqual(['--db', '--namespace', '--scope', '--log-level']);
  const serving = shown((await place.run('serve', '--help')).out);
  expect(serving).toEqual(expect.arrayContaining(namedOptions.map(({ flag }) => flag)));
});

test('an option that help leaves out is understood by every command', async () => {
  using place = new Place();
  expect(await place.run('status', '--busy-timeout-ms', '100', '--json')).toMatchObject({ code: 0 });
});

test('what is no command is refused with those that there are', async () => {
  using place = new Place();
  const { code, err } = await place.run('recall', '--json');
  expect(err).toMatch(/no command 'recall'\. There are serve, demo, .*search/);
  expect(code).toBe(2);
});

test('the demo says how it is built where it is not', async () => {
  using place = new Place();
  const { code, err } = await place.run('demo');
  expect(err).toContain('npm run build');
  expect(code).toBe(1);
});

test.each([
  ['an unknown command', ['frobnicate']],
  ['an unknown option', ['doctor', '--frobnicate']],
  ['search without a query', ['search']],
  ['import without a file', ['import']],
  ['bench without its data', ['bench', 'recall']],
  ['bench of something unknown', ['bench', 'speed', '--data', 'x']],
  ['a limit that is no number', ['search', 'x', '--limit', 'ten']],
  ['a decision about no batch', ['review', '--approve']],
  ['two decisions at once', ['review', 'bat_x', '--approve', '--reject']],
])('%s exits with 2', async (_what, args) => {
  using place = new Place();
  const { code, err } = await place.run(...args);
  expect(err).toMatch(/error:/);
  expect(code).toBe(2);
});

test('an option with a bad value exits with 78', async () => {
  using place = new Place();
  const { code, err } = await place.run('doctor', '--durability', 'sometimes');
  expect(err).toContain('durability');
  expect(code).toBe(78);
});

test('search finds by words and says where it looked', async () => {
  using place = new Place();
  await place.propose([
    { content: 'Deploys happen on Mondays', global: true },
    { content: 'Deploys need two approvals' },
  ]);
  const { code, out } = await place.run('search', 'deploys', 'mondays');
  expect(code).toBe(0);
  expect(out).toContain('Deploys happen on Mondays');
  expect(out).not.toContain('approvals');
  expect(
    JSON.parse((await place.run('search', 'deploys', '--all', '--limit', '1', '--json')).out),
  ).toMatchObject({ hits: [{}], more: 1 });
});

test('maintain reports what it did', async () => {
  using place = new Place();
  await place.propose([{ content: 'An old guess' }], { commit: false, sources: fixedSources() });
  const { code, out } = await place.run('maintain', '--json');
  expect(JSON.parse(out)).toMatchObject({ expired_batches: 1, deprecated_memories: 0 });
  expect(code).toBe(0);
});
