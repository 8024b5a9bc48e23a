import { expect, test } from 'vitest';
import { Place } from './command-line.js';

const memory = { content: 'Releases are cut on Fridays.', global: true };

async function remembered(place: Place): Promise<string> {
  const { committed_ids } = await place.propose([memory]);
  return `memory://${committed_ids?.[0]}`;
}

test('a person finds what is wrong, reads it, retires it and brings it back', async () => {
  using place = new Place();
  const uri = await remembered(place);
  expect((await place.run('search', 'releases')).out).toContain(uri);
  expect((await place.run('fetch', uri)).out).toBe('Releases are cut on Fridays.\n');
  const id = uri.replace('memory://', '');
  expect(await place.run('forget', uri)).toMatchObject({ code: 0, out: `retired 1\n  ${id}\n` });
  expect((await place.run('search', 'releases')).out).not.toContain(uri);
  expect((await place.run('forget', uri)).out).toBe('retired 0\n');
  expect((await place.run('forget', uri, '--restore')).out).toContain('restored 1');
  expect((await place.run('search', 'releases')).out).toContain(uri);
});

test('what is erased is gone, and packs made earlier are named', async () => {
  using place = new Place();
  const uri = await remembered(place);
  const { out } = await place.run('forget', uri, '--purge');
  expect(out).toContain('erased 1');
  expect(out).toContain('out of reach');
  const { code, err } = await place.run('fetch', uri);
  expect(err).toContain('not_found');
  expect(code).toBe(1);
});

test('other nouns are erased only when that is asked for', async () => {
  using place = new Place();
  const { run_id } = await place.within(engine => engine.runs.open({ objective: 'Try it.' }));
  const { code, err } = await place.run('forget', run_id);
  expect(err).toContain('only memories can be deprecated');
  expect(code).toBe(1);
  expect((await place.run('forget', run_id, '--purge')).out).toContain('erased 1');
});

test('one id that is not known leaves the others as they were', async () => {
  using place = new Place();
  const uri = await remembered(place);
  const { code, err } = await place.run('forget', uri, 'mem_1', '--json');
  expect(err).toContain('There is no memory mem_1.');
  expect(code).toBe(1);
  expect((await place.run('search', 'releases')).out).toContain(uri);
});

test('restoring and erasing exclude each other', async () => {
  using place = new Place();
  const { code, err } = await place.run('forget', 'mem_1', '--restore', '--purge');
  expect(err).toContain('cannot be used with');
  expect(code).toBe(2);
});

test('fetch prints a long text whole, some lines of it, or what was known at a time', async () => {
  using place = new Place();
  const lines = Array.from({ length: 60_000 }, (_, at) => `line ${at + 1} of a long file`);
  const { uri } = await place.within(engine =>
    engine.blobs.put({ content: lines.join('\n'), name: 'long.txt' }),
  );
  expect((await place.run('fetch', uri)).out.match(/line \d+ of/g)).toHaveLength(60_000);
  expect((await place.run('fetch', uri, '--lines', '2-3')).out).toContain('line 2 of a long file\nline 3');
  const memory = await remembered(place);
  const { err } = await place.run('fetch', memory, '--as-of', '2020-01-01');
  expect(err).toMatch(/not.*2020-01-01/);
});

test('fetch prints a ledger of many pages, each event once', async () => {
  using place = new Place();
  const events = (from: number) =>
    Array.from(
      { length: 100 },
      (_, at) => ({ type: 'NOTE', payload: { text: `Event ${from + at}.` } }) as const,
    );
  const run = await place.within(async engine => {
    const { run_id } = await engine.runs.open({ objective: 'Try it.' });
    for (const from of [1, 101, 201]) await engine.runs.record({ run_id, events: events(from) });
    return run_id;
  });
  const { out } = await place.run('fetch', `run://${run}/ledger`);
  expect(new Set(out.match(/Event \d+\./g)).size).toBe(300);
});
