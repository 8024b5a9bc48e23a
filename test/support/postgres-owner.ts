import pg from 'pg';

/** Owns what tests make: row security binds an owner, as it never does a superuser. */
export const OWNER = 'mintmark_test_owner';

/** Once before all tests on PostgreSQL, whose URL is a superuser's: makes the role as which they connect. */
export default async function makeOwner(): Promise<void> {
  const { MINTMARK_TEST_POSTGRES: url = '' } = process.env;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { user = '', password, database = '' } = client;
    const found = await client.query<{ super: boolean }>(
      'select rolsuper as super from pg_roles where rolname = current_user',
    );
    if (!found.rows[0]?.super)
      throw new Error(`MINTMARK_TEST_POSTGRES has to be a superuser's URL; ${user} is none.`);
    const secret = password ? `password ${client.escapeLiteral(password)}` : '';
    // Several runs at once would fail at each other's rows of the catalogue.
    await client.query(`begin; select pg_advisory_xact_lock(hashtext('${OWNER}'));
      do $$ begin create role ${OWNER} login; exception when duplicate_object then null; end $$;
      alter role ${OWNER} with login nosuperuser nobypassrls ${secret};
      grant create on database ${client.escapeIdentifier(database)} to ${OWNER}; create extension if not exists vector; commit`);
  } finally {
    await client.end();
  }
}
