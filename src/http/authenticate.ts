import type { IncomingMessage } from 'node:http';
import type { OAuth, Subject } from '../access/oauth.js';
import type { Grant } from '../access/tokens.js';
import { type Engine, EngineError } from '../engine.js';
import { LOCAL } from '../mcp/caller.js';
import type { RemoteCaller } from '../mcp/streamable.js';
import type { Challenges } from './challenge.js';
import { Rate } from './limits.js';
import { Problem } from './problem.js';
import { pathOf } from './web.js';

/** Wrong tokens a minute from one address before they are answered 429. */
const WRONG_TOKENS = 60;

/** Tells who sends a request, from its bearer token alone. */
export class Authenticator {
  readonly #engine: Engine;
  readonly #challenges: Challenges;
  readonly #oauth: OAuth | undefined;
  readonly #failures = new Rate(WRONG_TOKENS);

  constructor(
    engine: Engine,
    { challenges, oauth }: { readonly challenges: Challenges; readonly oauth?: OAuth | undefined },
  ) {
    this.#engine = engine;
    this.#challenges = challenges;
    this.#oauth = oauth;
  }

  /** Refuses with 401, or 429 after many wrong tokens from one address. */
  async authenticate(request: IncomingMessage): Promise<RemoteCaller> {
    if (this.#engine.config.httpAuth === 'none') return everyone(this.#engine);
    const given = request.headers.authorization;
    const [, token] = /^Bearer +(\S+)$/i.exec(given ?? '') ?? [];
    const caller = token === undefined ? undefined : await this.#callerOf(token);
    if (caller) return caller;
    const wait = this.#failures.take(request.socket.remoteAddress ?? '', Date.now());
    if (wait !== undefined)
      throw new Problem(429, 'rate_limited', {
        detail: 'Too many requests without a token that stands.',
        headers: { 'retry-after': String(wait) },
      });
    throw new Problem(401, 'unauthorized', {
      detail: `A bearer token that stands is needed: \`mintmark token create\` makes one${this.#oauth ? ', and so does the authorization server' : ''}.`,
      headers: { 'www-authenticate': this.#challenges.unauthorized(pathOf(request), given !== undefined) },
    });
  }

  /** Which callers' tokens stand at the moment. */
  async standing(): Promise<(caller: RemoteCaller) => boolean> {
    if (this.#engine.config.httpAuth === 'none') return () => true;
    const now = Date.now();
    const stands = ({ revoked_at, expires_at }: Grant) =>
      revoked_at === undefined && (expires_at === undefined || now < Date.parse(expires_at));
    const ids = new Set((await this.#engine.tokens.list()).filter(stands).map(({ id }) => id));
    return ({ id, until }) => (until === undefined ? ids.has(id) : now < until);
  }

  async #callerOf(token: string): Promise<RemoteCaller | undefined> {
    const found = (await this.#engine.tokens.find(token)) ?? (await this.#oauth?.find(token));
    return found && bearer(found);
  }
}

/** Namespace and home come with the token and from nowhere else; a path would name a file of this machine. */
const bearer = ({ id, namespace, home, permissions, ...rest }: Grant | Subject): RemoteCaller => ({
  id,
  namespace,
  permissions,
  until: 'until' in rest ? rest.until : undefined,
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

/** Throws `invalid` when everyone who can reach the address could use it without a token. */
export function demandAuthentication(engine: Engine, reachable: 'here' | 'elsewhere'): void {
  if (reachable === 'here' || engine.config.httpAuth === 'token') return;
  throw new EngineError(
    'invalid',
    'httpAuth is none and the address can be reached from other machines: everyone there could read and change this memory.',
    'Leave --http-auth at token and make tokens with `mintmark token create`, or listen on 127.0.0.1.',
  );
}
