import { OAuth } from '../access/oauth.js';
import { type Engine, EngineError } from '../engine.js';
import { isLoopback } from './address.js';
import { Authenticator } from './authenticate.js';
import { audiencesOf, type Challenges, oauthChallenges, plainChallenges } from './challenge.js';

export type Gate = { readonly authenticator: Authenticator; readonly challenges: Challenges };

/** Whose tokens are accepted, and what is said where one is missing. `url` is how clients call the server. */
export function gateOf(engine: Engine, url: string): Gate {
  const { config } = engine;
  const issuer = config.oauthIssuer;
  if (issuer === undefined)
    return {
      challenges: plainChallenges,
      authenticator: new Authenticator(engine, { challenges: plainChallenges }),
    };
  const challenges = oauthChallenges(url, { ...config, issuer });
  const audience = config.oauthAudience ?? audiencesOf(url);
  const oauth = new OAuth({ ...config, issuer, audience });
  return { challenges, authenticator: new Authenticator(engine, { challenges, oauth }) };
}

/** Tokens are for a URL, and clients compare it with the one they call: an address like 0.0.0.0 is nobody's. */
export function demandUrl({ config }: Engine, host: string): void {
  if (config.oauthIssuer === undefined || config.httpUrl !== undefined || isLoopback(host)) return;
  throw new EngineError(
    'invalid',
    `oauthIssuer is set, and clients of ${host} do not call the server by the address it listens on.`,
    'Set --http-url (MINTMARK_HTTP_URL) to the URL they use, such as https://memory.example.com.',
  );
}
