import { expect, it } from 'vitest';
import type { Granting } from '../../src/access/tokens.js';
import { initialize, type Sending, serveHttp, toolCall } from '../support/http.js';
import { serveOAuth } from '../support/oauth-server.js';
import { listenToStatements } from '../support/statements.js';

const change = { changes: [{ content: 'Releases are cut on Fridays.' }] };

/** Every way in, and what it demands. */
const doors: Readonly<Record<string, { path: string; sending: Sending; needs?: 'read' | 'write' }>> = {
  'MCP of 2026': { path: '/mcp', sending: toolCall('memory_propose', change), needs: 'write' },
  'MCP of 2025': { path: '/mcp', sending: { body: initialize } },
  SSE: { path: '/sse', sending: {} },
  'messages of SSE': {
    path: '/messages',
    sending: { body: { jsonrpc: '2.0', id: 1, method: 'prompts/get' } },
    needs: 'read',
  },
  'a tool over plain HTTP': { path: '/v1/memory_propose', sending: { body: change }, needs: 'write' },
  'a resource over plain HTTP': { path: '/v1/resources', sending: {}, needs: 'read' },
  'a run of AoS': { path: '/runs', sending: { body: { objective: 'Ship.' } }, needs: 'write' },
};

type Here = Awaited<ReturnType<typeof serveOAuth>>;
const other = (needs: string): Partial<Granting> => ({
  permissions: needs === 'read' ? ['write'] : ['read'],
});

/** What is wrong, how it is asked for, and the answer it gets; undefined where a door has no such wrong. */
const wrongs: readonly [
  string,
  number,
  (here: Here, door: (typeof doors)[string]) => Promise<Sending | undefined>,
][] = [
  [
    'a foreign Host',
    403,
    async ({ server }) => ({ token: await server.token(), headers: { host: 'evil.example' } }),
  ],
  [
    'a foreign Origin',
    403,
    async ({ server }) => ({ token: await server.token(), headers: { origin: 'https://evil.example' } }),
  ],
  ['no token', 401, async () => ({})],
  ['a guessed token', 401, async () => ({ token: 'mintmark_guess' })],
  ['a token that is over', 401, async ({ server }) => ({ token: await over(server) })],
  ['a revoked token', 401, async ({ server }) => ({ token: await revoked(server) })],
  [
    'a token without the permission',
    403,
    async ({ server }, { needs }) => needs && { token: await server.token(other(needs)) },
  ],
  [
    'an access token for another server',
    401,
    async ({ sign }) => ({ token: await sign({ aud: 'https://b.example' }) }),
  ],
  [
    'an access token of another issuer',
    401,
    async ({ sign }) => ({ token: await sign({ iss: 'https://b.example' }) }),
  ],
  ['an access token that is over', 401, async ({ sign }) => ({ token: await sign({ exp: 1 }) })],
  [
    'an access token without the scope',
    403,
    async ({ sign }, { needs }) =>
      needs && { token: await sign({ scope: needs === 'read' ? 'mintmark:write' : 'mintmark:read' }) },
  ],
  [
    'an access token without a namespace',
    403,
    async ({ sign }) => ({ token: await sign({ tenant: undefined }) }),
  ],
  [
    'too large a body',
    413,
    async ({ server }, { sending }) =>
      sending.body === undefined ? undefined : { token: await server.token(), body: 'x'.repeat(3_000) },
  ],
];

const over = async (server: Here['server']): Promise<string> => {
  const token = await server.token({ expiresAt: Date.now() + 3_600_000 });
  server.pass(3_600_000);
  return token;
};

const revoked = async (server: Here['server']): Promise<string> => {
  const before = new Set((await server.engine.tokens.list()).map(({ id }) => id));
  const token = await server.token();
  for (const { id } of await server.engine.tokens.list())
    if (!before.has(id)) await server.engine.tokens.revoke(id);
  return token;
};

it.each(Object.entries(doors))(
  '%s is shut to whoever should not come in, and nothing is written',
  async (_name, door) => {
    await using here = await serveOAuth({ httpMaxBytes: 2_000, tools: ['all'] });
    const { path, sending } = door;
    const answered: Record<string, number> = {};
    const expected: Record<string, number> = {};
    for (const [what, status, wrong] of wrongs) {
      const asked = await wrong(here, door);
      if (!asked) continue;
      const headers = { ...sending.headers, ...asked.headers };
      const answer = await here.server.send(path, { ...sending, ...asked, headers });
      expected[what] = status;
      answered[what] = answer.status;
      expect(answer.headers['content-type'], what).toBe('application/problem+json');
      expect(JSON.parse(answer.text), what).toMatchObject({
        status,
        title: expect.any(String),
        request_id: expect.any(String),
      });
    }
    expect(answered).toEqual(expected);
    const { engine } = here.server;
    expect((await engine.status(engine.call({ namespace: 'team-a' }))).counts.events).toBe(0);
  },
);

it.each(Object.entries(doors))(
  '%s is shut for a while to whoever floods it',
  async (_name, { path, sending }) => {
    await using server = await serveHttp({ httpRate: 1 });
    const token = await server.token({ permissions: ['metrics'] });
    await server.send('/v1/search', { token, body: {} });
    const { status, headers } = await server.send(path, { ...sending, token });
    expect({ status, wait: Number(headers['retry-after']) > 0 }).toEqual({ status: 429, wait: true });
  },
);

/**
 * Not by a clock: as long as the same statements run and give as many rows, an answer to a foreign id takes as long as
 * one to an id that never was.
 */
it('a foreign id is answered with the same bytes, after the same statements, as one that never was', async () => {
  await using server = await serveHttp({ tools: ['all'] });
  const [ada, bob] = [await server.token(), await server.token({ namespace: 'team-b' })];
  const uris = await urisOf(server, ada);
  // What is done once, such as opening the namespace, is done.
  for (const uri of uris) await server.send('/v1/fetch', { token: bob, body: { uri } });
  await server.engine.settled();
  for (const uri of uris) {
    const id = uri.replace(/^\w+:\/\//, '');
    const asks: [string, (id: string) => Sending][] = [
      ['/v1/fetch', named => ({ body: { uri: uri.replace(id, named) } })],
      [`/v1/resources?uri=${uri.replace(id, 'ID')}`, () => ({})],
      ['/v1/memory_forget', named => ({ body: { ids: [named], purge: true } })],
    ];
    if (uri.startsWith('run:')) asks.push(['/runs/ID', () => ({})]);
    for (const [path, sendingOf] of asks) {
      const [foreign, never] = [await answerTo(id), await answerTo(id.replace(/.{8}$/, '00000000'))];
      expect(foreign, `${path} of ${uri}`).toEqual(never);
      expect(foreign.status).toBe(404);
      expect(foreign.statements.length).toBeGreaterThan(0);

      async function answerTo(named: string) {
        using heard = listenToStatements();
        const sending = { token: bob, headers: { 'x-request-id': 'same' }, ...sendingOf(named) };
        const { status, text, headers } = await server.send(path.replace('ID', named), sending);
        const { date: _date, ...rest } = headers;
        return {
          status,
          text: text.replaceAll(named, 'ID'),
          headers: rest,
          // Now and then the server looks whether the tokens of those who listen still stand.
          statements: heard.statements.filter(
            text => !text.includes('from access_token where namespace = $1 order'),
          ),
        };
      }
    }
  }
});

/** One of each noun that has ids, as ada stored it. */
async function urisOf(server: Awaited<ReturnType<typeof serveHttp>>, token: string): Promise<string[]> {
  const done = async (name: string, body: object) => {
    const { status, text } = await server.send(`/v1/${name}`, { token, body });
    expect({ name, status }).toEqual({ name, status: 200 });
    return JSON.parse(text);
  };
  const { committed_ids } = await done('memory_propose', { ...change, commit: true });
  const { run_id } = await done('run_open', { objective: 'Ship.' });
  const { uri: episode } = await done('episode_seal', { run_id, reason: 'Shipped.' });
  const { uri: medallion } = await done('checkpoint', {
    session_summary: 'Shipped.',
    high_level: 'It works.',
  });
  const { session_id } = await done('session_append', { messages: [{ role: 'user', content: 'Ship it.' }] });
  const { uri: blob } = await done('blob_put', { content: 'A large thing.' });
  return [
    `memory://${committed_ids[0]}`,
    `run://${run_id}`,
    episode,
    medallion,
    `session://${session_id}`,
    blob,
  ];
}
