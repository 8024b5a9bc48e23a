import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { options } from '../../src/config/options.js';
import { openEngine } from '../../src/engine.js';
import { connect } from '../support/connect.js';
import { environment, mintmark, temporaryFolder } from '../support/mintmark.js';
import { type Message, Spawned } from '../support/spawn.js';

const resultOf = (message: Message) => ('result' in message ? message.result : undefined);

test.each([
  ['the toolsets of the default', undefined, options.tools.default],
  ['one toolset', 'session', ['session']],
])(
  'what the command lists of %s is what its source declares, before and after a call',
  async (_, MINTMARK_TOOLS, toolsets) => {
    using folder = temporaryFolder();
    await using source = await connect();
    const { tools } = await import('../../tools/index.js');
    const chosen = new Set(
      tools.filter(({ toolset }) => ['always', ...toolsets].includes(toolset)).map(({ name }) => name),
    );
    const expected = {
      'tools/list': { tools: (await source.client.listTools()).tools.filter(({ name }) => chosen.has(name)) },
      'resources/templates/list': await source.client.listResourceTemplates(),
      'prompts/list': await source.client.listPrompts(),
    };
    await using command = new Spawned(mintmark, {
      ...environment(folder.file('list.db')),
      ...(MINTMARK_TOOLS && { MINTMARK_TOOLS }),
    });
    await command.initialize();
    const expectListings = async () => {
      for (const [method, listing] of Object.entries(expected))
        expect(resultOf(await command.request(method, {}))).toEqual(listing);
    };
    await expectListings();
    await command.call('status');
    await expectListings();
  },
);

test('a call that comes with the first message is answered after it', async () => {
  using folder = temporaryFolder();
  await using command = new Spawned(mintmark, environment(folder.file('list.db')));
  const [, status] = await Promise.all([command.initialize(), command.call('status')]);
  expect(resultOf(status)).toMatchObject({ structuredContent: { version: expect.any(String) } });
});

test('a database that is there is open soon after the tools were listed', async () => {
  using folder = temporaryFolder();
  const db = folder.file('there.db');
  await using before = openEngine({ db });
  await before.status();
  await before.close();
  expect(existsSync(`${db}-wal`)).toBe(false);
  await using command = new Spawned(mintmark, environment(db));
  await command.initialize();
  await command.request('tools/list', {});
  await expect.poll(() => existsSync(`${db}-wal`)).toBe(true);
});

test('a database that is not there is not made by opening it early', async () => {
  using folder = temporaryFolder();
  const db = folder.file('none.db');
  await using engine = openEngine({ db });
  await engine.prepare();
  expect(existsSync(db)).toBe(false);
  await engine.status();
  expect(existsSync(db)).toBe(true);
});
