import * as z from 'zod';
import { type Options, options } from '../config/options.js';
import { EngineError } from '../errors.js';
import { GraphNode } from '../schema/scope.js';
import { PERMISSIONS, type Permission } from './tokens.js';

export type ClaimOptions = Pick<
  Options,
  | 'namespace'
  | 'scope'
  | 'oauthNamespaceClaim'
  | 'oauthHomeClaim'
  | 'oauthPermissionsClaim'
  | 'oauthScopePrefix'
>;

/** What an access token that stands opens. */
export type Claimed = {
  readonly namespace: string;
  readonly permissions: readonly Permission[];
  readonly home: readonly string[];
};

/** Reads it from the claims that the operator named, or takes the server's own. Throws `forbidden` where they name nothing. */
export function readClaims(claims: Readonly<Record<string, unknown>>, config: ClaimOptions): Claimed {
  const { oauthNamespaceClaim, oauthHomeClaim, oauthPermissionsClaim, oauthScopePrefix } = config;
  const scopes = wordsOf(claims[oauthPermissionsClaim]);
  return {
    namespace:
      oauthNamespaceClaim === undefined ? config.namespace : namespaceIn(claims, oauthNamespaceClaim),
    permissions: PERMISSIONS.filter(name => scopes.includes(`${oauthScopePrefix}${name}`)),
    home: oauthHomeClaim === undefined ? (config.scope ?? []) : homeIn(claims, oauthHomeClaim),
  };
}

function namespaceIn(claims: Readonly<Record<string, unknown>>, claim: string): string {
  const named = claims[claim];
  if (typeof named === 'string' && options.namespace.pattern.test(named)) return named;
  throw new EngineError(
    'forbidden',
    `The claim ${claim} of the access token names no namespace; expected ${options.namespace.form}.`,
    'Whoever runs the authorization server can add it to the tokens for this server.',
  );
}

function homeIn(claims: Readonly<Record<string, unknown>>, claim: string): string[] {
  const nodes = z.array(GraphNode).max(20).safeParse(wordsOf(claims[claim]));
  if (nodes.success) return nodes.data;
  throw new EngineError(
    'forbidden',
    `The claim ${claim} of the access token holds no graph nodes; expected at most 20 of at most 200 characters.`,
    'Whoever runs the authorization server can correct it.',
  );
}

const Words = z.union([
  z.array(z.string()),
  z.string().transform(text => text.split(' ').filter(word => word !== '')),
]);

/** A list, or words separated by spaces (RFC 6749, section 3.3); nothing for anything else. */
const wordsOf = (value: unknown): string[] => Words.safeParse(value).data ?? [];
