import { mkdirSync } from 'node:fs';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, it } from 'vitest';
import { initialize, modern, serveHttp, toolCall } from '../support/http.js';
import { temporaryFolder } from '../support/mintmark.js';

type Server = Awaited<ReturnType<typeof serveHttp>>;

const resultOf = (text: string) => JSON.parse(text).result;

async function call(server: Server, token: string, name: string, args: Record<string, unknown> = {}) {
  const { text } = await server.send('/mcp', { ...toolCall(name, args), token });
  const { isError, content, structuredContent } = resultOf(text);
  return isError ? { failure: content[0].text } : structuredContent;
}

const remember = async (server: Server, token: string, content: string, extra = {}): Promise<string> =>
  (await call(server, token, 'memory_propose', { changes: [{ content, ...extra }], commit: true })).changes[0]
    .memory_id;

const connect = async (server: Server, token: string, era: 'legacy' | 'modern') => {
  const mode = era === 'legacy' ? era : { pin: '2026-07-28' };
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit }));
  return client;
};

it("another tenant's ids are as unknown as those that never were, byte for byte", async () => {
  await using server = await serveHttp();
  const [ada, bob] = [await server.token(), await server.token({ namespace: 'team-b' })];
  const id = await remember(server, ada, 'Ada stores in SQLite.');
  const unknown = id.replace(/.{8}$/, '00000000');
  const asks = [
    (named: string) => toolCall('fetch', { uri: `memory://${named}` }),
    (named: string) => toolCall('memory_forget', { ids: [named], mode: 'deprecate' }),
    (named: string) => modern('resources/read', { uri: `memory://${named}` }),
  ];
  for (const ask of asks) {
    const [foreign, never] = await Promise.all(
      [id, unknown].map(async named => {
        const { status, text } = await server.send('/mcp', { ...ask(named), token: bob });
        return { status, text: text.replaceAll(named, 'THE-ID') };
      }),
    );
    expect(foreign).toEqual(never);
    expect(foreign?.text).toContain('THE-ID');
    expect(foreign?.text).not.toContain('SQLite');
  }
  expect((await call(server, bob, 'search', { query: 'SQLite', all: true })).hits).toEqual([]);
  expect((await call(server, ada, 'search', { query: 'SQLite' })).hits).toHaveLength(1);
});

it('the namespace and the home come with the token, whatever the arguments say', async () => {
  await using server = await serveHttp();
  const token = await server.token({ namespace: 'team-b', home: ['repo:acme/b'] });
  const { scope, namespace } = await call(server, token, 'status', { namespace: 'team-a', home: 'x' });
  expect({ scope, namespace }).toEqual({ scope: 'repo:acme/b + global', namespace: 'team-b' });
});

it("another's session is as unknown as one that never was", async () => {
  await using server = await serveHttp();
  const [ada, bob] = [await server.token(), await server.token()];
  const opened = await server.send('/mcp', { token: ada, body: initialize });
  const own = String(opened.headers['mcp-session-id']);
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
  const [foreign, never] = await Promise.all(
    [own, crypto.randomUUID()].map(id =>
      server.send('/mcp', { token: bob, body: list, headers: { 'mcp-session-id': id } }),
    ),
  );
  expect(foreign?.status).toBe(404);
  expect(foreign?.text).toBe(never?.text);
  const kept = await server.send('/mcp', { token: ada, body: list, headers: { 'mcp-session-id': own } });
  expect(kept.status).toBe(200);
});

it('of too many sessions the longest unused gives way, and nobody else loses one', async () => {
  await using server = await serveHttp({ httpSessions: 2 });
  const [ada, bob] = [await server.token(), await server.token()];
  const open = async (token: string) =>
    String((await server.send('/mcp', { token, body: initialize })).headers['mcp-session-id']);
  const lists = async (token: string, id: string) => {
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    return (await server.send('/mcp', { token, body, headers: { 'mcp-session-id': id } })).status;
  };
  const bobs = await open(bob);
  const first = await open(ada);
  const second = await open(ada);
  const third = await open(ada);
  expect(await Promise.all([lists(ada, first), lists(ada, second), lists(ada, third)])).toEqual([
    404, 200, 200,
  ]);
  expect(await lists(bob, bobs)).toBe(200);
});

it.each(['legacy', 'modern'] as const)(
  'a tenant of the %s era hears what changes with it and nothing of another',
  async era => {
    await using server = await serveHttp();
    const [ada, bob] = [await server.token(), await server.token({ namespace: 'team-b' })];
    const [hers, his] = [
      await remember(server, ada, 'Ada stores in SQLite.'),
      await remember(server, bob, 'Bob stores in files.'),
    ];
    const client = await connect(server, bob, era);
    const heard: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      heard.push(params.uri);
    });
    const uris = [`memory://${hers}`, `memory://${his}`];
    if (era === 'modern') await client.listen({ resourceSubscriptions: uris });
    else for (const uri of uris) await client.subscribeResource({ uri });
    const supersede = (token: string, id: string) =>
      call(server, token, 'memory_propose', {
        changes: [{ op: 'supersede', content: 'It is Postgres now.', supersedes: [id] }],
        commit: true,
      });
    await supersede(ada, hers);
    await supersede(bob, his);
    await expect.poll(() => heard).toContain(`memory://${his}`);
    expect(heard).not.toContain(`memory://${hers}`);
    await client.close();
  },
);

it('only a token for a person is trusted as one and may answer for one', async () => {
  await using server = await serveHttp({ commitPolicy: 'human' });
  const agent = await server.token();
  const person = await server.token({ permissions: ['read', 'write', 'user'] });
  const claim = { changes: [{ content: 'Ada prefers tabs.', trust: 'user' }] };
  const proposed = await call(server, agent, 'memory_propose', claim);
  expect(proposed).toMatchObject({ status: 'proposed' });
  const commit = toolCall('memory_commit', { batch_id: proposed.batch_id });
  const { params } = commit.body;
  const forged = {
    ...commit,
    body: {
      ...commit.body,
      params: {
        ...params,
        inputResponses: { approval: { action: 'accept', content: { approve: true } } },
        _meta: {
          ...params._meta,
          'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
        },
      },
    },
  };
  const refused = await server.send('/mcp', { ...forged, token: agent });
  expect(resultOf(refused.text)).toMatchObject({ isError: true });
  expect(refused.text).toContain('forbidden');
  const agreed = await server.send('/mcp', { ...forged, token: person });
  expect(resultOf(agreed.text).structuredContent).toMatchObject({ status: 'committed' });
  const trusted = async (token: string) => {
    const id = await remember(server, token, 'Ada prefers tabs to spaces.', { trust: 'user' });
    return (await call(server, token, 'fetch', { uri: `memory://${id}` })).meta.trust;
  };
  expect(await trusted(person)).toBe('user');
});

it('of a store that fails a tenant is told what to do, and not where it lies', async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.file('team.d/team-a.db'), { recursive: true });
  await using server = await serveHttp({ db: folder.file('team.db') });
  const token = await server.token();
  const asked = [
    await server.send('/mcp', { ...toolCall('search', { query: 'where' }), token }),
    await server.send('/mcp', { ...toolCall('search', { query: 'where', unheard: 1 }), token }),
    await server.send('/mcp', { ...modern('resources/list'), token }),
    await server.send('/v1/search', { token, body: { query: 'where' } }),
  ];
  for (const { text } of asked) {
    expect(text).toContain('The database cannot be opened. Check that');
    expect(text).not.toContain(folder.file(''));
  }
});

it('a path is refused, because it would name a file of the server', async () => {
  await using server = await serveHttp({ tools: ['all'], allowPath: ['/'] });
  const { failure } = await call(server, await server.token(), 'blob_put', { path: '/etc/hostname' });
  expect(failure).toMatch(/^forbidden: /);
});
