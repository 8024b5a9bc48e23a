import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openEngine } from '../../src/engine.js';
import { listen } from '../../src/http/listen.js';
import { tools } from '../../tools/index.js';
import { authorizationServer } from '../support/authorization-server.js';
import { initialize, serveHttp, toolCall } from '../support/http.js';
import { ask, serveOAuth } from '../support/oauth-server.js';

const propose = (content: string) => toolCall('memory_propose', { changes: [{ content }], commit: true });
const resultOf = async (...asked: Parameters<typeof ask>) =>
  (await ask(...asked)).body.result.structuredContent;

afterEach(() => void vi.useRealTimers());

describe('an access token', () => {
  it('opens the namespace and home its claims name, with the permissions of its scopes', async () => {
    await using here = await serveOAuth({ oauthHomeClaim: 'nodes' });
    const token = await here.sign({
      nodes: ['repo:acme/app'],
      tenant: 'team-b',
      scope: 'mintmark:read openid',
    });
    expect(await resultOf(here.server, token)).toMatchObject({
      namespace: 'team-b',
      scope: 'repo:acme/app + global',
    });
    const refused = await ask(here.server, token, propose('Written by a reader.'));
    expect(refused.status).toBe(403);
    expect(refused.headers['www-authenticate']).toBe(
      `Bearer realm="mintmark", error="insufficient_scope", resource_metadata="${here.server.url}/.well-known/oauth-protected-resource/mcp", scope="mintmark:read mintmark:write"`,
    );
  });

  it("of one tenant sees nothing of another's, whatever the arguments say", async () => {
    await using here = await serveOAuth();
    const [ada, bob] = [await here.sign(), await here.sign({ tenant: 'team-b', sub: 'bob' })];
    const { committed_ids } = await resultOf(here.server, ada, propose('Ada stores in SQLite.'));
    const foreign = toolCall('fetch', {
      uri: `memory://${committed_ids[0]}`,
      namespace: 'team-a',
      tenant: 'team-a',
    });
    expect((await ask(here.server, bob, foreign)).body.result.isError).toBe(true);
    expect((await ask(here.server, ada, foreign)).body.result.isError).toBeUndefined();
  });

  it('is an agent, and a person only with the scope for it', async () => {
    await using here = await serveOAuth();
    const claim = { changes: [{ content: 'Ada prefers tabs.', trust: 'user' }], commit: true };
    const trustOf = async (token: string) => {
      const { committed_ids } = await resultOf(here.server, token, toolCall('memory_propose', claim));
      const fetched = toolCall('fetch', { uri: `memory://${committed_ids[0]}` });
      return (await resultOf(here.server, token, fetched)).meta.trust;
    };
    expect(await trustOf(await here.sign())).toBe('agent');
    const scope = 'mintmark:read mintmark:write mintmark:user';
    expect(await trustOf(await here.sign({ tenant: 'team-b', scope }))).toBe('user');
  });

  it('with other rights does not continue a session', async () => {
    await using here = await serveOAuth();
    const opened = await here.server.send('/mcp', { token: await here.sign(), body: initialize });
    const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
    const list = { headers: session, body: { jsonrpc: '2.0', id: 1, method: 'tools/list' } };
    const statusOf = async (wanted: object) =>
      (await here.server.send('/mcp', { ...list, token: await here.sign(wanted) })).status;
    expect(await statusOf({ iat: 1 })).toBe(200);
    expect(await statusOf({ tenant: 'team-b' })).toBe(404);
    expect(await statusOf({ sub: 'bob' })).toBe(404);
    expect(await statusOf({ scope: 'mintmark:read' })).toBe(404);
  });

  it('ends a stream that it opened when it ends', async () => {
    await using here = await serveOAuth();
    // However long the answer takes.
    vi.useFakeTimers({ toFake: ['Date'] });
    const now = Math.floor(Date.now() / 1000);
    // Within the leeway for clocks that differ, so that it is accepted and over at once.
    const token = await here.sign({ exp: now - 1 });
    await expect(here.server.send('/sse', { token })).rejects.toThrow('aborted');
  });
});

describe('403 is the answer to an access token that stands and opens nothing', () => {
  it.each([
    ['no namespace', { tenant: undefined }],
    ['a namespace that cannot be', { tenant: '../etc' }],
    ['several namespaces', { tenant: ['team-a', 'team-b'] }],
    ['no scope', { scope: undefined }],
    ["scopes of another service's", { scope: 'read write admin' }],
    ['a home that cannot be', { nodes: ['x'.repeat(300)] }],
  ])('with %s', async (_what, wanted) => {
    await using here = await serveOAuth({ oauthHomeClaim: 'nodes' });
    expect((await ask(here.server, await here.sign(wanted))).status).toBe(403);
  });
});

describe('the protected-resource metadata', () => {
  it('says for each URL a client may be given who gives tokens, without one', async () => {
    await using here = await serveOAuth();
    for (const resource of ['', '/mcp', '/sse']) {
      const { status: code, text } = await here.server.send(
        `/.well-known/oauth-protected-resource${resource}`,
      );
      expect(code).toBe(200);
      expect(JSON.parse(text)).toEqual({
        resource: `${here.server.url}${resource}`,
        resource_name: 'mintmark',
        authorization_servers: [here.issuer.issuer],
        scopes_supported: ['mintmark:read', 'mintmark:write'],
        bearer_methods_supported: ['header'],
      });
    }
    const { headers } = await here.server.send('/v1/search', { body: {} });
    expect(headers['www-authenticate']).toContain('/.well-known/oauth-protected-resource", scope');
  });

  it('speaks of the URL that clients use, which is what tokens are for', async () => {
    await using issuer = await authorizationServer();
    const httpUrl = 'https://memory.example.com/team';
    await using server = await serveHttp({ oauthIssuer: issuer.issuer, httpUrl, oauthScopePrefix: '' });
    const { text } = await server.send('/.well-known/oauth-protected-resource/team/mcp');
    expect(JSON.parse(text)).toMatchObject({
      resource: `${httpUrl}/mcp`,
      scopes_supported: ['read', 'write'],
    });
    const { headers } = await server.send('/mcp', toolCall('status'));
    expect(headers['www-authenticate']).toContain(
      'resource_metadata="https://memory.example.com/.well-known/oauth-protected-resource/team/mcp"',
    );
    const [right, wrong] = [
      await issuer.sign({ aud: httpUrl, scope: 'read' }),
      await issuer.sign({ aud: server.url }),
    ];
    expect((await ask(server, right)).status).toBe(200);
    expect((await ask(server, wrong)).status).toBe(401);
  });

  it('is not there without OAuth, and no access token is accepted', async () => {
    await using issuer = await authorizationServer();
    await using server = await serveHttp();
    expect((await server.send('/.well-known/oauth-protected-resource/mcp')).status).toBe(404);
    expect((await ask(server, await issuer.sign({ aud: `${server.url}/mcp` }))).status).toBe(401);
  });
});

describe('what cannot be meant is refused at the start', () => {
  it('an issuer where nobody has to show a token', () => {
    expect(() => openEngine({ db: ':memory:', httpAuth: 'none', oauthIssuer: 'https://a.example' })).toThrow(
      'nobody would have to show a token',
    );
  });

  it.each(['http://a.example', 'https://a.example?x=1', 'ftp://a.example', 'http://localhost.evil.example'])(
    'the issuer %s',
    oauthIssuer => {
      expect(() => openEngine({ db: ':memory:', oauthIssuer })).toThrow('expected an https:// URL');
    },
  );

  it.each(['none', 'HS256'])('the algorithm %s', algorithm => {
    const options = { db: ':memory:', oauthAlgorithms: [algorithm] };
    // @ts-expect-error: what types forbid, JavaScript may still give.
    expect(() => openEngine(options)).toThrow('expected one or more of RS256');
  });

  it('an address that no client calls', async () => {
    await using engine = openEngine({ db: ':memory:', http: '0.0.0.0:0', oauthIssuer: 'https://a.example' });
    const surface = { tools, resources: [], prompts: [] };
    await expect(listen(engine, surface, { log: () => {} })).rejects.toThrow(
      'do not call the server by the address',
    );
  });
});

it('who leaves while the keys to its token are fetched gives its place back', async () => {
  await using issuer = await authorizationServer();
  await using keys = await heldKeys(issuer);
  await using server = await serveHttp({
    oauthIssuer: issuer.issuer,
    oauthJwksUrl: keys.url,
    httpConcurrency: 1,
  });
  const token = await issuer.sign({ aud: `${server.url}/mcp` });
  const leaving = request(`${server.url}/v1/resources`, {
    agent: false,
    headers: { authorization: `Bearer ${token}` },
  });
  leaving.on('error', () => {});
  leaving.end();
  await keys.asked;
  leaving.destroy();
  await expect.poll(() => server.logged.length).toBe(1);
  keys.release();
  // The first of these may come before the one that left is looked up.
  for (let asked = 0; asked < 3; asked += 1) expect((await ask(server, token)).status).toBe(200);
});

/** The keys of an authorization server at a place that answers when it is let. */
async function heldKeys({ publicKey }: Awaited<ReturnType<typeof authorizationServer>>) {
  const text = JSON.stringify({ keys: [await publicKey()] });
  let release = () => {};
  let begun = () => {};
  const asked = new Promise<void>(resolve => {
    begun = resolve;
  });
  const server = createServer((_request, response) => {
    release = () => response.end(text);
    begun();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/jwks`,
    asked,
    release: () => release(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
