import { decodeJwt, decodeProtectedHeader, exportSPKI, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { authorizationServer } from '../support/authorization-server.js';
import { serveHttp } from '../support/http.js';
import { ask, serveOAuth } from '../support/oauth-server.js';

type Issuer = Awaited<ReturnType<typeof authorizationServer>>;

describe('401 is the answer to an access token', () => {
  const now = Math.floor(Date.now() / 1000);
  type Forging = {
    readonly issuer: Issuer;
    readonly sign: (wanted?: object, signing?: object) => Promise<string>;
  };
  const wrong: readonly [string, (forging: Forging) => Promise<string>][] = [
    ['for another audience', ({ sign }) => sign({ aud: 'https://other.example.com/mcp' })],
    ['for no audience', ({ sign }) => sign({ aud: undefined })],
    ['of another issuer', ({ sign }) => sign({ iss: 'https://evil.example.com' })],
    ['of the issuer with a slash more', ({ sign, issuer }) => sign({ iss: `${issuer.issuer}/` })],
    ['that has ended', ({ sign }) => sign({ exp: now - 60 })],
    ['without an end', ({ sign }) => sign({ exp: undefined })],
    ['that has not begun', ({ sign }) => sign({ nbf: now + 3_600 })],
    ['of nobody', ({ sign }) => sign({ sub: undefined })],
    ['of somebody without a name', ({ sign }) => sign({ sub: '' })],
    ['that is an ID or logout token', ({ sign }) => sign({}, { typ: 'logout+jwt' })],
    ['bound to a key that was not shown', ({ sign }) => sign({ cnf: { jkt: 'x' } })],
    ['signed by a key nobody knows', ({ sign }) => sign({}, { kid: 'unknown' })],
    [
      'signed by somebody else under the known key id',
      async ({ sign }) => {
        await using other = await authorizationServer();
        const token = await sign();
        const { kid = '' } = decodeProtectedHeader(token);
        return other.sign(decodeJwt(token), { kid });
      },
    ],
    [
      'without a signature (alg none)',
      async ({ sign }) => new UnsecuredJWT(decodeJwt(await sign())).encode(),
    ],
    [
      'whose signature was taken off',
      async ({ sign }) => {
        const [header, body] = (await sign()).split('.');
        return `${header}.${body}.`;
      },
    ],
    [
      'signed with the public key as a shared secret (HS256)',
      async ({ issuer, sign }) => {
        const jwk = await issuer.publicKey();
        const key = await importJWK(jwk, 'ES256');
        if (key instanceof Uint8Array) throw new Error('expected a public key');
        const secret = new TextEncoder().encode(await exportSPKI(key));
        return new SignJWT(decodeJwt(await sign()))
          .setProtectedHeader({ alg: 'HS256', kid: jwk.kid })
          .sign(secret);
      },
    ],
    [
      'whose claims were changed',
      async ({ sign }) => {
        const token = await sign();
        const [header, , signature] = token.split('.');
        const claims = JSON.stringify({ ...decodeJwt(token), tenant: 'team-b' });
        return `${header}.${Buffer.from(claims).toString('base64url')}.${signature}`;
      },
    ],
    [
      'that names its own keys',
      async ({ sign }) => {
        await using evil = await authorizationServer();
        const header = { jku: evil.jwksUrl, jwk: await evil.publicKey() };
        return evil.sign(decodeJwt(await sign()), header);
      },
    ],
    ['that is no token at all', async () => 'eyJhbGciOiJFUzI1NiJ9.e30'],
  ];

  it('whatever is wrong with it, in the same words, with where to get one that stands', async () => {
    await using here = await serveOAuth();
    const answers: unknown[] = [];
    for (const [what, forge] of wrong) {
      const { status: code, headers, body } = await ask(here.server, await forge(here));
      expect({ what, code }).toEqual({ what, code: 401 });
      expect(headers['www-authenticate']).toBe(
        `Bearer realm="mintmark", error="invalid_token", resource_metadata="${here.server.url}/.well-known/oauth-protected-resource/mcp", scope="mintmark:read mintmark:write"`,
      );
      answers.push({ ...body, request_id: '' });
    }
    expect(new Set(answers.map(body => JSON.stringify(body))).size).toBe(1);
    expect((await ask(here.server, await here.sign())).status).toBe(200);
  });

  it.each(['RS256', 'PS256', 'EdDSA'])('but not because it is signed with %s', async alg => {
    await using issuer = await authorizationServer({ alg });
    await using server = await serveHttp({ oauthIssuer: issuer.issuer });
    expect((await ask(server, await issuer.sign({ aud: server.url }))).status).toBe(200);
  });

  it('under an algorithm that the operator does not accept', async () => {
    await using here = await serveOAuth({ oauthAlgorithms: ['RS256'] });
    expect((await ask(here.server, await here.sign())).status).toBe(401);
  });
});

describe('the keys of the authorization server', () => {
  it('are found through its metadata, fetched once, and again when it signs with another', async () => {
    await using here = await serveOAuth({ oauthRefetchMs: 0 });
    const old = await here.sign();
    for (let round = 0; round < 3; round += 1) expect((await ask(here.server, old)).status).toBe(200);
    expect(here.issuer.asked).toEqual(['/.well-known/oauth-authorization-server', '/jwks']);
    await here.issuer.rotate();
    expect((await ask(here.server, await here.sign())).status).toBe(200);
    expect((await ask(here.server, old)).status).toBe(401);
  });

  it('are not fetched for each token that names an unknown one', async () => {
    await using here = await serveOAuth({ oauthRefetchMs: 60_000, oauthJwksUrl: undefined });
    for (let round = 0; round < 5; round += 1)
      expect((await ask(here.server, await here.sign({}, { kid: `guess-${round}` }))).status).toBe(401);
    expect(here.issuer.asked.filter(path => path === '/jwks')).toHaveLength(1);
  });

  it('are not asked for by what is no token of an accepted algorithm', async () => {
    await using here = await serveOAuth();
    for (const token of ['x', 'a.b.c', 'mintmark_guess', new UnsecuredJWT({}).encode()])
      expect((await ask(here.server, token)).status).toBe(401);
    expect(here.issuer.asked).toEqual([]);
  });

  it('that cannot be had make it 503, for nobody else and not for ever', async () => {
    await using here = await serveOAuth();
    here.issuer.fail(true);
    const { status: code, body } = await ask(here.server, await here.sign());
    expect({ code, problem: body.code }).toEqual({ code: 503, problem: 'unavailable' });
    expect((await ask(here.server, await here.server.token())).status).toBe(200);
    expect((await ask(here.server, 'mintmark_guess')).status).toBe(401);
    here.issuer.fail(false);
    expect((await ask(here.server, await here.sign())).status).toBe(200);
    here.issuer.fail(true);
    expect((await ask(here.server, await here.sign())).status).toBe(200);
    expect(here.server.logged.join()).toContain('No metadata of');
  });

  it('are not asked for again by each token while who has them does not answer', async () => {
    await using here = await serveOAuth({ oauthRefetchMs: 60_000, oauthJwksUrl: undefined });
    here.issuer.fail(true);
    const token = await here.sign();
    for (let round = 0; round < 5; round += 1) expect((await ask(here.server, token)).status).toBe(503);
    const asked = here.issuer.asked.filter(path => path.includes('oauth-authorization-server'));
    expect(asked.length).toBeLessThan(5);
  });

  it('are not taken from metadata of another issuer', async () => {
    await using issuer = await authorizationServer({ path: '/tenant' });
    const claimed = issuer.issuer.replace('/tenant', '');
    await using server = await serveHttp({ oauthIssuer: claimed });
    const token = await issuer.sign({ iss: claimed, aud: server.url });
    expect((await ask(server, token)).status).toBe(503);
    await using right = await serveHttp({ oauthIssuer: issuer.issuer });
    expect((await ask(right, await issuer.sign({ aud: right.url }))).status).toBe(200);
  });
});
