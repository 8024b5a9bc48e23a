import { existsSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { databaseFor } from '../support/engines.js';
import { Place } from './command-line.js';

const ends = (place: Place) => ({
  from: databaseFor(place.db),
  to: databaseFor(place.file('other.db')),
});

it('copy takes all namespaces along and says what it did', async () => {
  using place = new Place();
  const { from, to } = ends(place);
  await place.propose([{ content: 'Deploys happen on Mondays' }]);
  await place.run('token', 'create', '--label', 'ada');
  await place.run('maintain', '--namespace', 'team-a');
  const { code, out } = await place.run('copy', '--from', from, '--to', to);
  expect(code).toBe(0);
  expect(out.split('\n')).toEqual([
    expect.stringMatching(
      /^default: 1 events in 1 streams, \d+ rows and \d+ vectors; both sides hold the same$/,
    ),
    expect.stringMatching(/^team-a: 0 events in 0 streams/),
    '',
  ]);
  expect((await place.run('export', '--db', to)).out.split('\n')[1]).toContain('Deploys happen on Mondays');
  expect((await place.run('token', 'list', '--db', to)).out).toContain('ada');
});

it('copy takes one namespace where one is named', async () => {
  using place = new Place();
  const { from, to } = ends(place);
  await place.propose([{ content: 'Deploys happen on Mondays' }]);
  await place.run('maintain', '--namespace', 'team-a');
  const { out } = await place.run('copy', '--from', from, '--to', to, '--json', '--namespace', 'team-a');
  expect(JSON.parse(out)).toEqual([{ namespace: 'team-a', events: 0, rows: 0, streams: 0, vectors: 0 }]);
  expect((await place.run('export', '--db', to)).out).not.toContain('Deploys');
});

it('copy without --from copies the store in use: a backup, which is opened by its path', async () => {
  using place = new Place();
  const { to } = ends(place);
  await place.propose([{ content: 'Deploys happen on Fridays.', global: true }]);
  expect(await place.run('copy', '--to', to)).toMatchObject({ code: 0 });
  expect((await place.run('search', 'deploys', '--db', to)).out).toContain('Deploys happen on Fridays.');
  expect((await place.run('doctor', '--deep', '--db', to)).code).toBe(0);
});

it('copy from where nothing is, or to what is something else, is refused', async () => {
  using place = new Place();
  const { from, to } = ends(place);
  await place.propose([{ content: 'Deploys happen on Mondays' }]);
  const nothing = await place.run('copy', '--from', databaseFor(place.file('nothing.db')), '--to', to);
  expect(nothing).toMatchObject({ code: 1, err: expect.stringContaining('not_found: There is no store at') });
  expect(existsSync(place.file('nothing.db'))).toBe(false);
  const nobody = await place.run('copy', '--from', from, '--to', to, '--namespace', 'nobody');
  expect(nobody).toMatchObject({
    code: 1,
    err: expect.stringMatching(/no namespace "nobody" .*\n.*: default\./),
  });
  const other = databaseFor(place.file('third.db'));
  writeFileSync(place.file('notes.md'), '- Deploys happen on Fridays');
  await place.run('import', place.file('notes.md'), '--db', other);
  const taken = await place.run('copy', '--from', from, '--to', other);
  expect(taken).toMatchObject({ code: 1, err: expect.stringContaining('holds something already') });
});

it('copy to the store itself or to memory is refused, also where the store is a copy', async () => {
  using place = new Place();
  const { from, to } = ends(place);
  await place.propose([{ content: 'Deploys happen on Mondays' }]);
  await place.run('copy', '--from', from, '--to', to);
  for (const db of [from, to]) {
    const itself = await place.run('copy', '--from', db, '--to', db);
    expect(itself).toMatchObject({ code: 1, err: expect.stringContaining('which is what is copied from') });
  }
  const memory = await place.run('copy', '--from', from, '--to', ':memory:');
  expect(memory).toMatchObject({ code: 1, err: expect.stringContaining('is gone as soon as') });
});

it.each([
  [['--from', 'a.db'], 2, '--to'],
  [['--from', 'mysql://ada:secret@host/x', '--to', 'b.db'], 1, 'is a mysql:// URL'],
  [['--from', 'postgres://ada:secret@127.0.0.1:1/x', '--to', 'b.db'], 1, 'postgres://ada@127.0.0.1:1/x'],
])('copy %j is refused without a word of a password', async (args, code, problem) => {
  using place = new Place();
  const outcome = await place.run('copy', ...args);
  expect(outcome).toMatchObject({ code, err: expect.stringContaining(problem) });
  expect(outcome.err).not.toContain('secret');
});
