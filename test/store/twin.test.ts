import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Engine, openEngine } from '../../src/engine.js';
import { temporaryFolder } from '../support/mintmark.js';

async function within<T>(db: string, namespace: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  await using engine = await openEngine({ db, namespace });
  return await work(engine);
}

const propose = (content: string) => (engine: Engine) =>
  engine.memories.propose({ changes: [{ content, global: true }], commit: true });
const search = async (engine: Engine) => (await engine.search({ query: 'Kamal' })).hits.length;

test.each([
  ['a', 'a.db'],
  ['a.db', 'a'],
])('the namespaces of %s are not those of %s, with which it would share a folder', async (one, other) => {
  using folder = temporaryFolder();
  await within(folder.file(one), 'default', propose('Ada deploys.'));
  await within(folder.file(one), 'team', propose('Kamal deploys.'));
  await expect(within(folder.file(other), 'team', search)).rejects.toMatchObject({
    code: 'cannot_open',
    message: expect.stringContaining(`${other} and ${one} would both keep their namespaces in a.d.`),
  });
  expect(await within(folder.file(other), 'default', search)).toBe(0);
});

test('a file of another program beside a database shares nothing with it', async () => {
  using folder = temporaryFolder();
  writeFileSync(folder.file('a'), '#!/bin/sh\n');
  await within(folder.file('a.db'), 'team', propose('Kamal deploys.'));
  expect(await within(folder.file('a.db'), 'team', search)).toBe(1);
});
