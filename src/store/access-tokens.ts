import { sql } from './sql.js';
import type { Reader, Writer } from './store.js';

/** A token as it is kept: its SHA-256 and what it opens, as JSON lists. Times are Unix milliseconds. */
export type AccessTokenRow = {
  readonly id: string;
  readonly label: string;
  /** The namespace its bearer works in. */
  readonly opens: string;
  readonly permissions: string;
  readonly home: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
};

const COLUMNS = sql`id, label, opens, permissions, home, created_at, expires_at, revoked_at`;

export async function addAccessToken(writer: Writer, row: AccessTokenRow & { readonly hash: string }) {
  await writer.run(sql`
    insert into access_token
      (namespace, id, hash, label, opens, permissions, home, created_at, expires_at, revoked_at)
    values
      (${writer.namespace}, ${row.id}, ${row.hash}, ${row.label}, ${row.opens}, ${row.permissions}, ${row.home},
       ${row.created_at}, ${row.expires_at}, ${row.revoked_at})`);
}

export const accessTokens = (reader: Reader): Promise<AccessTokenRow[]> =>
  reader.all(
    sql`select ${COLUMNS} from access_token where namespace = ${reader.namespace} order by created_at, id`,
  );

export const accessTokenById = (reader: Reader, id: string): Promise<AccessTokenRow | undefined> =>
  reader.get(sql`select ${COLUMNS} from access_token where namespace = ${reader.namespace} and id = ${id}`);

export const accessTokenByHash = (reader: Reader, hash: string): Promise<AccessTokenRow | undefined> =>
  reader.get(
    sql`select ${COLUMNS} from access_token where hash = ${hash} and namespace = ${reader.namespace}`,
  );

/** Returns how many were revoked by it: none if it is unknown or was revoked before. */
export const endAccessToken = (writer: Writer, { id, at }: { readonly id: string; readonly at: number }) =>
  writer.run(
    sql`update access_token set revoked_at = ${at} where namespace = ${writer.namespace} and id = ${id} and revoked_at is null`,
  );
