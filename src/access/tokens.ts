import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { EngineError } from '../errors.js';
import type { Sources } from '../sources.js';
import {
  type AccessTokenRow,
  accessTokenByHash,
  accessTokenById,
  accessTokens,
  addAccessToken,
  endAccessToken,
} from '../store/access-tokens.js';
import type { Store } from '../store/store.js';
import { sha256 } from '../text/hash.js';
import { formatTime } from '../text/time.js';

/**
 * What a bearer may do: `read` what is stored, `write` to it, take away for good or by scope with `admin` (purge,
 * forget in bulk), and with `user` speak for a person: be trusted as one and answer when one has to agree. `metrics` opens the figures of the whole
 * server, all namespaces together, and nothing that is stored. None includes another.
 */
export const PERMISSIONS = ['read', 'write', 'admin', 'user', 'metrics'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** A token without its secret. Times are ISO 8601. */
export type Grant = {
  readonly id: string;
  readonly label: string;
  readonly namespace: string;
  readonly permissions: readonly Permission[];
  /** The graph nodes of the home scope; none means the inbox. */
  readonly home: readonly string[];
  readonly created_at: string;
  readonly expires_at?: string;
  readonly revoked_at?: string;
};

export type Granting = {
  readonly label?: string | undefined;
  readonly namespace: string;
  readonly permissions: readonly Permission[];
  readonly home?: readonly string[] | undefined;
  /** Unix milliseconds; a token without an end has none. */
  readonly expiresAt?: number | undefined;
};

/** Who may call over the network. Only hashes are kept; a token itself is seen once, when it is made. */
export type Tokens = {
  /** Throws `invalid` for a namespace that cannot be, no permission, or an end that has passed. */
  create(granting: Granting): Promise<{ readonly token: string; readonly grant: Grant }>;
  list(): Promise<Grant[]>;
  /** Throws `not_found`; a token that is revoked already stays as it is. */
  revoke(id: string): Promise<Grant>;
  /** What a token opens now. Undefined alike for one that is unknown, over or revoked. */
  find(token: string): Promise<Grant | undefined>;
};

type Parts = {
  readonly store: Store;
  readonly sources: Sources;
  /** The namespace in whose file tokens are kept. */
  readonly namespace: string;
  /** Throws `invalid` for a name that no namespace can have. */
  readonly checkNamespace: (namespace: string) => unknown;
};

const PREFIX = 'mintmark_';

export function tokensIn({ store, sources, namespace, checkNamespace }: Parts): Tokens {
  return {
    create: async granting => {
      checkNamespace(granting.namespace);
      const row = drawUp(granting, sources);
      const token = `${PREFIX}${randomBytes(32).toString('base64url')}`;
      // 256 random bits cannot be guessed from their hash, so it needs neither salt nor stretching.
      await store.write(namespace, writer => addAccessToken(writer, { ...row, hash: sha256(token) }));
      return { token, grant: grantOf(row) };
    },
    list: async () => (await store.read(namespace, accessTokens)).map(grantOf),
    revoke: id =>
      store.write(namespace, async writer => {
        await endAccessToken(writer, { id, at: sources.now() });
        const row = await accessTokenById(writer, id);
        if (row) return grantOf(row);
        throw new EngineError('not_found', `There is no token ${id}.`, 'Run `mintmark token list`.');
      }),
    find: async token => {
      if (!token.startsWith(PREFIX)) return undefined;
      const row = await store.read(namespace, reader => accessTokenByHash(reader, sha256(token)));
      return row && stands(row, sources.now()) ? grantOf(row) : undefined;
    },
  };
}

const stands = ({ expires_at, revoked_at }: AccessTokenRow, now: number): boolean =>
  revoked_at === null && (expires_at === null || now < expires_at);

function drawUp(granting: Granting, { now, newId }: Sources): AccessTokenRow {
  const { label = '', namespace, permissions, home = [], expiresAt } = granting;
  const at = now();
  if (permissions.length === 0)
    throw new EngineError(
      'invalid',
      'A token without permissions opens nothing.',
      `Name some of ${PERMISSIONS.join(', ')}.`,
    );
  if (expiresAt !== undefined && expiresAt <= at)
    throw new EngineError(
      'invalid',
      `The token would have ended at ${formatTime(expiresAt)}, which has passed.`,
      'Name a later time.',
    );
  return {
    id: newId('tok'),
    label,
    opens: namespace,
    permissions: JSON.stringify(PERMISSIONS.filter(name => permissions.includes(name))),
    home: JSON.stringify(home),
    created_at: at,
    expires_at: expiresAt ?? null,
    revoked_at: null,
  };
}

const Permissions = z.array(z.enum(PERMISSIONS));
const Nodes = z.array(z.string());

const grantOf = (row: AccessTokenRow): Grant => ({
  id: row.id,
  label: row.label,
  namespace: row.opens,
  permissions: Permissions.parse(JSON.parse(row.permissions)),
  home: Nodes.parse(JSON.parse(row.home)),
  created_at: formatTime(row.created_at),
  ...(row.expires_at !== null && { expires_at: formatTime(row.expires_at) }),
  ...(row.revoked_at !== null && { revoked_at: formatTime(row.revoked_at) }),
});
