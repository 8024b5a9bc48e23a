import type { IncomingMessage } from 'node:http';
import type { Grant } from '../access/tokens.js';
import { type Engine, EngineError } from '../engine.js';
import { LOCAL } from '../mcp/caller.js';
import type { RemoteCaller } from '../mcp/streamable.js';
import type { Rate } from './limits.js';
import { Problem } from './problem.js';

/** Who sends a request, from its bearer token alone. Refuses with 401, or 429 after many wrong ones from one address. */
export async function authenticate(
  engine: Engine,
  request: IncomingMessage,
  { failures }: { readonly failures: Rate },
): Promise<RemoteCaller> {
  if (engine.config.httpAuth === 'none') return everyone(engine);
  const given = request.headers.authorization;
  const [, token] = /^Bearer +(\S+)$/i.exec(given ?? '') ?? [];
  const grant = token === undefined ? undefined : await engine.tokens.find(token);
  if (grant) return bearer(grant);
  const wait = failures.take(request.socket.remoteAddress ?? '', Date.now());
  if (wait !== undefined)
    throw new Problem(429, 'rate_limited', {
      detail: 'Too many requests without a token that stands.',
      headers: { 'retry-after': String(wait) },
    });
  throw new Problem(401, 'unauthorized', {
    detail: 'A bearer token that stands is needed: `mintmark token create` makes one.',
    headers: {
      'www-authenticate': `Bearer realm="mintmark"${given === undefined ? '' : ', error="invalid_token"'}`,
    },
  });
}

/** Namespace and home come with the token and from nowhere else; a path would name a file of this machine. */
const bearer = ({ id, namespace, home, permissions }: Grant): RemoteCaller => ({
  id,
  namespace,
  permissions,
  call: {
    namespace,
    home: { nodes: home, aliases: [] },
    trust: permissions.includes('user') ? 'user' : 'agent',
    paths: 'refused',
  },
});

/** Whoever is on this machine, where the operator opened it to them: an agent, never a person. */
const everyone = ({ config: { namespace } }: Engine): RemoteCaller => ({
  id: 'everyone',
  namespace,
  permissions: LOCAL.permissions.filter(permission => permission !== 'user'),
  call: { namespace, trust: 'agent', paths: 'refused' },
});

/** Which callers' tokens stand at the moment, by id. */
export async function standing(engine: Engine): Promise<(caller: RemoteCaller) => boolean> {
  if (engine.config.httpAuth === 'none') return () => true;
  const now = Date.now();
  const stands = ({ revoked_at, expires_at }: Grant) =>
    revoked_at === undefined && (expires_at === undefined || now < Date.parse(expires_at));
  const ids = new Set((await engine.tokens.list()).filter(stands).map(({ id }) => id));
  return ({ id }) => ids.has(id);
}

/** Throws `invalid` when everyone who can reach the address could use it without a token. */
export function demandAuthentication(engine: Engine, reachable: 'here' | 'elsewhere'): void {
  if (reachable === 'here' || engine.config.httpAuth === 'token') return;
  throw new EngineError(
    'invalid',
    'httpAuth is none and the address can be reached from other machines: everyone there could read and change this memory.',
    'Leave --http-auth at token and make tokens with `mintmark token create`, or listen on 127.0.0.1.',
  );
}
