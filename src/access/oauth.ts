import type { JWTVerifyGetKey, JWTVerifyResult } from 'jose';
import * as z from 'zod';
import type { Options } from '../config/options.js';
import { EngineError } from '../errors.js';
import { canonicalJson, sha256 } from '../text/hash.js';
import { type Claimed, type ClaimOptions, readClaims } from './claims.js';
import { Pause } from './pause.js';

export type OAuthOptions = ClaimOptions &
  Pick<Options, 'oauthJwksUrl' | 'oauthAlgorithms' | 'oauthRefetchMs'> & {
    readonly issuer: string;
    /** What `aud` must hold one of. */
    readonly audience: readonly string[];
  };

/** Whoever an access token stands for, until when (Unix milliseconds). The id is another where any right is. */
export type Subject = Claimed & { readonly id: string; readonly until: number };

/** How far clocks may differ. */
const LEEWAY_S = 5;
const FETCH_MS = 5_000;
/** RFC 9068, section 2.1; many servers write JWT or nothing. */
const TYPES = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];

/**
 * An OAuth 2.1 resource server's look at access tokens: JWTs signed by one authorization server, meant for this one, in
 * their time (RFC 9068, RFC 8725). jose is imported with the first token, so it costs nothing where OAuth is off.
 */
export class OAuth {
  readonly #options: OAuthOptions;
  /** Anybody can send what looks like a token, and none of them shall make this server ask again and again. */
  readonly #asking: Pause;
  #keys: Promise<JWTVerifyGetKey> | undefined;

  constructor(options: OAuthOptions) {
    this.#options = options;
    this.#asking = new Pause(options.oauthRefetchMs);
  }

  /**
   * Whose token it is; undefined for one that does not stand, whatever the reason. Throws `forbidden` when it stands and
   * its claims open nothing, and `unavailable` when the keys to tell cannot be had.
   */
  async find(token: string): Promise<Subject | undefined> {
    const verified = await this.#verify(token);
    const holder = Holder.safeParse(verified?.payload);
    if (!verified || !holder.success) return undefined;
    if (!TYPES.includes(verified.protectedHeader.typ?.toLowerCase())) return undefined;
    const { sub, exp } = holder.data;
    const claimed = readClaims(verified.payload, this.#options);
    // A session is bound to the id, so a token with other rights must not continue it.
    const rights = sha256(canonicalJson({ ...claimed })).slice(0, 12);
    return { ...claimed, id: `${sub}#${rights}`, until: exp * 1000 };
  }

  async #verify(token: string): Promise<JWTVerifyResult | undefined> {
    const { issuer, audience, oauthAlgorithms } = this.#options;
    const [{ jwtVerify }, { JOSEError }] = await Promise.all([
      import('jose/jwt/verify'),
      import('jose/errors'),
    ]);
    try {
      return await jwtVerify(token, (header, input) => this.#keyFor(header, input), {
        issuer,
        audience: [...audience],
        algorithms: [...oauthAlgorithms],
        requiredClaims: ['exp', 'sub'],
        clockTolerance: LEEWAY_S,
      });
    } catch (error) {
      if (error instanceof JOSEError) return undefined;
      throw error;
    }
  }

  /** Asked only for a well-formed token of an accepted algorithm. */
  async #keyFor(
    ...[header, input]: Parameters<JWTVerifyGetKey>
  ): Promise<Awaited<ReturnType<JWTVerifyGetKey>>> {
    const { JWKSNoMatchingKey, JWKSMultipleMatchingKeys, JOSENotSupported } = await import('jose/errors');
    try {
      this.#keys ??= this.#open();
      const keys = await this.#keys.catch(error => {
        this.#keys = undefined;
        throw error;
      });
      return await keys(header, input);
    } catch (error) {
      const unknown = [JWKSNoMatchingKey, JWKSMultipleMatchingKeys, JOSENotSupported];
      if (unknown.some(kind => error instanceof kind)) throw error;
      throw new EngineError(
        'unavailable',
        'The keys of the authorization server cannot be had, so no access token can be checked.',
        'Try again soon. The operator finds the reason in the log.',
        { cause: error },
      );
    }
  }

  async #open(): Promise<JWTVerifyGetKey> {
    const { createRemoteJWKSet, customFetch } = await import('jose/jwks/remote');
    const { issuer, oauthJwksUrl, oauthRefetchMs } = this.#options;
    const url = oauthJwksUrl ?? (await this.#asking.run(() => jwksUrlOf(issuer)));
    return createRemoteJWKSet(new URL(url), {
      timeoutDuration: FETCH_MS,
      cooldownDuration: oauthRefetchMs,
      [customFetch]: (place: string, init: RequestInit) => this.#asking.run(() => fetchKeys(place, init)),
    });
  }
}

async function fetchKeys(place: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(place, init);
  if (answer.ok) return answer;
  throw new Error(`${place} answered ${answer.status}.`);
}

const Holder = z.object({
  sub: z.string().min(1).max(255),
  exp: z.number(),
  // Bound to its holder's key (DPoP, mTLS): shown as a bare bearer it may be a stolen one.
  cnf: z.undefined().optional(),
});
const Metadata = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/** As RFC 8414, section 3 finds it, else OpenID Connect Discovery. It must speak of the issuer it was asked about. */
async function jwksUrlOf(issuer: string): Promise<string> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const places = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
  const causes: unknown[] = [];
  for (const place of places) {
    try {
      const answer = await fetch(place, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS) });
      const metadata = Metadata.parse(await answer.json());
      if (metadata.issuer === issuer) return metadata.jwks_uri;
      throw new Error(`${place} is the metadata of ${metadata.issuer}.`);
    } catch (cause) {
      causes.push(cause);
    }
  }
  throw new AggregateError(causes, `No metadata of ${issuer} was found at ${places.join(' or ')}.`);
}
