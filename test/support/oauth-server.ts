import type { PartialOptions } from '../../src/config/load.js';
import { authorizationServer } from './authorization-server.js';
import { type Sending, serveHttp, toolCall } from './http.js';

/** The real server, which takes the namespace from the claim `tenant`, beside an authorization server of its own. */
export async function serveOAuth(options: PartialOptions = {}, claims = {}) {
  const issuer = await authorizationServer({ claims });
  const server = await serveHttp({
    oauthIssuer: issuer.issuer,
    oauthNamespaceClaim: 'tenant',
    oauthRefetchMs: 0,
    ...options,
  });
  return {
    issuer,
    server,
    /** A token for this server, of the tenant team-a. */
    sign: (wanted = {}, signing = {}) =>
      issuer.sign({ aud: `${server.url}/mcp`, tenant: 'team-a', ...wanted }, signing),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

export async function ask(
  server: Awaited<ReturnType<typeof serveHttp>>,
  token: string,
  sending: Sending = toolCall('status'),
) {
  const { text, ...answer } = await server.send('/mcp', { ...sending, token });
  return { ...answer, body: JSON.parse(text) };
}
