import { readFileSync } from 'node:fs';
import { databaseFor } from './engines.js';
import { psql } from './postgres.js';

/** A role that serves and owns nothing. */
export const ROLE = 'mintmark_test_app';

/** Grants the role what docs/scale.md has the owner grant after the tables are made; the database's URL for it. */
export async function grantServing(db: string): Promise<string> {
  await using superuser = await psql(db);
  // Two files at once would fail at each other's row of the catalogue.
  await superuser.rows(`begin; select pg_advisory_xact_lock(hashtext('${ROLE}'));
    do $$ begin create role ${ROLE} login; exception when duplicate_object then null; end $$; commit`);
  const [, listed = ''] =
    /after `mintmark status[^\n]*\n([^`]*)```/.exec(readFileSync('docs/scale.md', 'utf8')) ?? [];
  await superuser.rows(
    listed.replaceAll('mintmark_app', ROLE).replaceAll('schema mintmark ', `schema ${superuser.schema} `),
  );
  return Object.assign(new URL(databaseFor(db)), { username: ROLE }).href;
}
