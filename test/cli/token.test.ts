import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { Place } from './command-line.js';

const made = async (place: Place, ...args: readonly string[]) =>
  JSON.parse((await place.run('token', 'create', '--json', ...args)).out);

test('a token opens the namespace and home it was made for, and is shown once', async () => {
  using place = new Place();
  const { token, ...grant } = await made(place, '--namespace', 'team-a', '--scope', 'repo:a,user:ada');
  expect(token).toMatch(/^mintmark_[\w-]{43}$/);
  expect(grant).toMatchObject({
    namespace: 'team-a',
    permissions: ['read', 'write'],
    home: ['repo:a', 'user:ada'],
  });
  expect(await place.within(engine => engine.tokens.find(token))).toEqual(grant);
  const listed = await place.run('token', 'list', '--json');
  expect(JSON.parse(listed.out)).toEqual([grant]);
  expect(readFileSync(place.db).includes(token)).toBe(false);
});

test('a revoked token opens nothing, and neither does one that is over or unknown', async () => {
  using place = new Place();
  const revoked = await made(place);
  const ended = await made(place, '--expires', '1h');
  await place.run('token', 'revoke', revoked.id);
  const later = { now: () => Date.now() + 3_600_001, newId: () => 'x', newSalt: () => 'x' };
  expect(await place.within(engine => engine.tokens.find(revoked.token))).toBeUndefined();
  expect(await place.within(engine => engine.tokens.find(ended.token))).toMatchObject({ id: ended.id });
  expect(await place.within(engine => engine.tokens.find(ended.token), later)).toBeUndefined();
  expect(await place.within(engine => engine.tokens.find(`${ended.token}x`))).toBeUndefined();
  expect(await place.within(engine => engine.tokens.find(''))).toBeUndefined();
});

test('what was granted is never changed, not even by raw SQL', async () => {
  using place = new Place();
  const { id } = await made(place);
  const raw = new Database(place.db);
  expect(() => raw.exec(`update access_token set permissions = '["admin"]'`)).toThrow('only be revoked');
  expect(() => raw.exec('delete from access_token')).toThrow('tokens are kept');
  raw.close();
  const { out } = await place.run('token', 'revoke', id, '--json');
  const again = await place.run('token', 'revoke', id, '--json');
  expect(JSON.parse(again.out)).toEqual(JSON.parse(out));
});

test.each([
  [['create', '--scopes', 'read,root'], 'expected some of read, write, admin, user'],
  [['create', '--expires', 'soon'], '--expires is "soon"'],
  [['create', '--expires', '2001-01-01'], 'which has passed'],
  [['revoke', 'tok_none'], 'There is no token tok_none'],
  [['revoke'], 'No token was named'],
  [['burn'], 'token burn is nothing it can do'],
])('token %j is refused and says why', async (args, reason) => {
  using place = new Place();
  const { code, err } = await place.run('token', ...args);
  expect(err).toContain(reason);
  expect(code).toBe(1);
});
