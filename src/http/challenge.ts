import type { Permission } from '../access/tokens.js';
import type { Options } from '../config/options.js';
import type { RemoteCaller } from '../mcp/streamable.js';
import type { Page } from './endpoint.js';

/** Asked for at first; more is asked for when it is needed, so that a token has only what its bearer used. */
const BASIC = ['read', 'write'] as const;
/** What is a resource of its own to OAuth, so that a client finds the very URL it was given. */
const RESOURCES = ['', '/mcp', '/sse'] as const;
const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** Tells a client what kind of token is missing and, where OAuth is on, who gives it (RFC 6750 and 9728). */
export type Challenges = {
  /** WWW-Authenticate of a 401; `given` is whether there was an Authorization header at all. */
  unauthorized(path: string, given: boolean): string;
  /** WWW-Authenticate of a 403. */
  insufficient(path: string, caller: RemoteCaller, missing: Permission): string;
  /** The protected-resource metadata by the path it is served at. */
  readonly pages: ReadonlyMap<string, Page>;
};

const REALM = 'Bearer realm="mintmark"';
const INVALID = ', error="invalid_token"';

export const plainChallenges: Challenges = {
  unauthorized: (_path, given) => `${REALM}${given ? INVALID : ''}`,
  insufficient: (_path, _caller, missing) => `${REALM}, error="insufficient_scope", scope="${missing}"`,
  pages: new Map(),
};

/** `url` is how clients call the server, without a slash at its end. */
export function oauthChallenges(
  url: string,
  { issuer, oauthScopePrefix }: { readonly issuer: string } & Pick<Options, 'oauthScopePrefix'>,
): Challenges {
  const scope = (names: Iterable<Permission>): string =>
    [...names].map(name => `${oauthScopePrefix}${name}`).join(' ');
  const { origin, pathname } = new URL(url);
  const placeOf = (resource: string): string => `${WELL_KNOWN}${pathname === '/' ? '' : pathname}${resource}`;
  const found = (path: string): string => `resource_metadata="${origin}${placeOf(resourceOf(path))}"`;
  return {
    unauthorized: (path, given) => `${REALM}${given ? INVALID : ''}, ${found(path)}, scope="${scope(BASIC)}"`,
    // With what it has already: the client asks for a token with just these.
    insufficient: (path, { permissions }, missing) =>
      `${REALM}, error="insufficient_scope", ${found(path)}, scope="${scope([...permissions, missing])}"`,
    pages: new Map(
      RESOURCES.map(resource => [
        placeOf(resource),
        jsonPage({
          resource: `${url}${resource}`,
          resource_name: 'mintmark',
          authorization_servers: [issuer],
          scopes_supported: BASIC.map(name => `${oauthScopePrefix}${name}`),
          bearer_methods_supported: ['header'],
        }),
      ]),
    ),
  };
}

/** The audiences that a token for this server may name; a bare origin has a slash in URLs. */
export const audiencesOf = (url: string): string[] => [
  `${url}/`,
  ...RESOURCES.map(resource => `${url}${resource}`),
];

const jsonPage = (value: unknown): Page => ({ type: 'application/json', text: () => JSON.stringify(value) });

const resourceOf = (path: string): string =>
  path === '/mcp' ? path : path === '/sse' || path === '/messages' ? '/sse' : '';
