import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { send, toolCall } from '../support/http.js';
import { mintmark, openFile, serveMintmark, temporaryFolder } from '../support/mintmark.js';
import { Spawned } from '../support/spawn.js';

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'the command serves a team with its tokens until %s',
  async signal => {
    using folder = temporaryFolder();
    const db = folder.file('team.db');
    await using engine = openFile(db);
    const { token } = await engine.tokens.create({ namespace: 'team-a', permissions: ['read'] });
    await using serving = await serveMintmark(db);
    const { server, url } = serving;
    const { status, text } = await send(`${url}/mcp`, { ...toolCall('status'), token });
    expect(status).toBe(200);
    expect(JSON.parse(text).result.structuredContent.namespace).toBe('team-a');
    server.child.kill(signal);
    expect(await server.ends()).toEqual({ code: 0, signal: null });
    expect(server.stderr).not.toContain(token);
  },
);

it.each([
  [['--http', '0.0.0.0:0', '--http-auth', 'none'], 'everyone there could read and change this memory'],
  [['--http', '99999'], 'names no port'],
  [['--http', 'not an address'], 'expected host:port or a port'],
])('refuses to serve with %j, with exit code 78', async (args, reason) => {
  using folder = temporaryFolder();
  await using server = new Spawned([...mintmark, 'serve', ...args, '--db', folder.file('team.db')]);
  expect(await server.ends()).toEqual({ code: 78, signal: null });
  expect(server.stderr).toContain(reason);
});

it('an address that is taken is a sentence, not a stack', async () => {
  using folder = temporaryFolder();
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const bound = taken.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  await using server = new Spawned([
    ...mintmark,
    ...['serve', '--http', String(port), '--db', folder.file('team.db')],
  ]);
  expect(await server.ends()).toEqual({ code: 78, signal: null });
  expect(server.stderr).toContain('cannot be listened on');
  taken.close();
});
