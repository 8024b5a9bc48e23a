import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

type Key = {
  readonly alg: string;
  readonly kid: string;
  readonly pair: Awaited<ReturnType<typeof generateKeyPair>>;
};
type Code = {
  readonly challenge: string;
  readonly resource: string | null;
  readonly scope: string;
  readonly redirect: string;
};

export type Signing = {
  readonly kid?: string;
  readonly typ?: string;
  readonly jku?: string;
  readonly jwk?: object;
};

/**
 * An OAuth 2.1 authorization server on this machine: metadata (RFC 8414), registration (RFC 7591), codes with PKCE, JWT
 * access tokens (RFC 9068) and their keys. Whoever asks is let in at once, and `claims` stand in each token.
 */
export async function authorizationServer({
  path = '',
  claims = {},
  alg = 'ES256',
}: {
  path?: string;
  claims?: JWTPayload;
  alg?: string;
} = {}) {
  const codes = new Map<string, Code>();
  const asked: string[] = [];
  let keys: Key[] = [await newKey(alg)];
  let broken = false;
  const server = createServer((request, response) => {
    void answer(request, response).catch(error => say(response, 500, { error: String(error) }));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const issuer = `${origin}${path}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin);
    asked.push(url.pathname);
    if (broken) return void request.socket.destroy();
    switch (url.pathname) {
      case `/.well-known/oauth-authorization-server${path}`:
        return say(response, 200, metadata());
      case '/jwks':
        return say(response, 200, { keys: await Promise.all(keys.map(publicOf)) });
      case '/register':
        return say(response, 201, { ...JSON.parse(await bodyOf(request)), client_id: randomUUID() });
      case '/authorize':
        return authorize(url.searchParams, response);
      case '/token':
        return token(new URLSearchParams(await bodyOf(request)), response);
      default:
        return say(response, 404, {});
    }
  }

  const metadata = () => ({
    issuer,
    jwks_uri: `${origin}/jwks`,
    registration_endpoint: `${origin}/register`,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
  });

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const code = randomUUID();
    const redirect = new URL(query.get('redirect_uri') ?? '');
    codes.set(code, {
      challenge: query.get('code_challenge') ?? '',
      resource: query.get('resource'),
      scope: query.get('scope') ?? '',
      redirect: redirect.href,
    });
    redirect.searchParams.set('code', code);
    redirect.searchParams.set('state', query.get('state') ?? '');
    response.writeHead(302, { location: redirect.href });
    response.end();
  }

  async function token(body: URLSearchParams, response: ServerResponse): Promise<void> {
    const code = codes.get(body.get('code') ?? '');
    codes.delete(body.get('code') ?? '');
    const verified = createHash('sha256')
      .update(body.get('code_verifier') ?? '')
      .digest('base64url');
    if (!code || code.challenge !== verified || body.get('redirect_uri') !== code.redirect)
      return say(response, 400, { error: 'invalid_grant' });
    const { scope, resource } = code;
    const access_token = await sign({ scope, ...(resource !== null && { aud: resource }) });
    say(response, 200, { access_token, token_type: 'Bearer', expires_in: 600, scope });
  }

  /** A token of ada for an hour, unless told otherwise; an undefined claim is left out. */
  async function sign(wanted: JWTPayload = {}, header: Signing = {}) {
    const now = Math.floor(Date.now() / 1000);
    const [key] = keys;
    if (!key) throw new Error('There is no key.');
    const usual = {
      iss: issuer,
      sub: 'ada',
      iat: now,
      exp: now + 3_600,
      scope: 'mintmark:read mintmark:write',
    };
    const all = Object.entries({ ...usual, ...claims, ...wanted }).filter(([, value]) => value !== undefined);
    return new SignJWT(Object.fromEntries(all))
      .setProtectedHeader({ alg, kid: key.kid, typ: 'at+jwt', ...header })
      .sign(key.pair.privateKey);
  }

  return {
    issuer,
    jwksUrl: `${origin}/jwks`,
    /** The paths it was asked for. */
    asked,
    sign,
    publicKey: async () => publicOf(keys[0] ?? (await newKey(alg))),
    /** Signs with a new key from now on, and no longer shows the old one. */
    async rotate() {
      keys = [await newKey(alg)];
    },
    /** From now on every connection is cut, or no longer. */
    fail: (now: boolean) => {
      broken = now;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function newKey(alg: string): Promise<Key> {
  return { alg, kid: randomUUID(), pair: await generateKeyPair(alg, { extractable: true }) };
}

const publicOf = async ({ alg, kid, pair }: Key) => ({
  ...(await exportJWK(pair.publicKey)),
  kid,
  use: 'sig',
  alg,
});

function say(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
