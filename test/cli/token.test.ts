import { expect, test } from 'vitest';
import { change, wordsIn } from '../support/stored.js';
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
  expect(await wordsIn(place.db, [token])).toEqual([]);
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
  const changing = change(place.db, `update access_token set permissions = '["admin"]'`);
  await expect(changing).rejects.toThrow('only be revoked');
  await expect(change(place.db, 'delete from access_token')).rejects.toThrow('tokens are kept');
  const { out } = await place.run('token', 'revoke', id, '--json');
  const again = await place.run('token', 'revoke', id, '--json');
  expect(JSON.parse(again.out)).toEqual(JSON.parse(out));
});

test.each([
  [['create', '--scopes', 'read,root'], 2, 'Expected some of read, write, admin, user'],
  [['create', '--expires', 'soon'], 2, 'Expected a time like 12h, 90d'],
  [['create', '--expires', '2001-01-01'], 1, 'which has passed'],
  [['revoke', 'tok_none'], 1, 'There is no token tok_none'],
  [['revoke'], 2, 'token revoke needs the id'],
  [['burn'], 2, 'Allowed choices are create, list, revoke'],
])('token %j exits with %i and says why', async (args, exit, reason) => {
  using place = new Place();
  const { code, err } = await place.run('token', ...args);
  expect(err).toContain(reason);
  expect(code).toBe(exit);
});
