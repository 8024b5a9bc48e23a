import type { Option } from './option.js';

const HTTPS_URL =
  /^(?:https:\/\/|http:\/\/(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?=[:/]|$))[^\s@?#]{0,500}$/i;
const HTTPS_FORM = 'an https:// URL without a query, or an http:// one of this machine';
const CLAIM = { pattern: /^\S{1,200}$/, form: 'the name of a claim' } as const;

/** Access tokens of an authorization server: whose, for whom, and what of them decides what a bearer may. */
export const oauthOptions = {
  oauthIssuer: {
    kind: 'text',
    default: undefined,
    defaultText: 'none',
    pattern: HTTPS_URL,
    form: HTTPS_FORM,
    description: 'Authorization server whose access tokens (JWT) are accepted beside ours.',
  },
  oauthJwksUrl: {
    kind: 'text',
    default: undefined,
    defaultText: "from the issuer's metadata",
    pattern: HTTPS_URL,
    form: HTTPS_FORM,
    description: 'Where its public keys are.',
  },
  oauthAudience: {
    kind: 'list',
    default: undefined,
    defaultText: 'httpUrl, and that with /mcp or /sse',
    maxLength: 500,
    description: 'Names of which the audience (aud) of an access token must hold one.',
  },
  oauthAlgorithms: {
    kind: 'list',
    default: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    values: [
      ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
      ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const),
    ],
    description: 'Signatures of access tokens that are accepted; none is symmetric.',
  },
  oauthNamespaceClaim: {
    kind: 'text',
    default: undefined,
    defaultText: 'none: everyone works in namespace',
    ...CLAIM,
    description: 'The claim that names the namespace; a token without it opens nothing.',
  },
  oauthHomeClaim: {
    kind: 'text',
    default: undefined,
    defaultText: "none: everyone's home is scope",
    ...CLAIM,
    description: 'The claim with the graph nodes of the home scope, a list or separated by spaces.',
  },
  oauthPermissionsClaim: {
    kind: 'string',
    default: 'scope',
    ...CLAIM,
    description:
      'The claim with the permissions, a list or separated by spaces, such as scope, scp or roles.',
  },
  oauthScopePrefix: {
    kind: 'string',
    default: 'mintmark:',
    pattern: /^[\x21\x23-\x5b\x5d-\x7e]{0,200}$/,
    form: 'at most 200 characters that a scope may have',
    description: 'What stands there before read, write, admin, user and metrics; others mean nothing.',
  },
  oauthRefetchMs: {
    kind: 'integer',
    default: 30_000,
    min: 0,
    max: 86_400_000,
    description: 'How soon an unknown key has its keys fetched again; the longest pause after a failure.',
  },
} as const satisfies Record<string, Option>;
