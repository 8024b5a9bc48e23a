import pg from 'pg';

/** Owns what tests make: row security binds an owner, as it never does a superuser. */
export const OWNER = 'mintmark_test_owner';

/**
 * Once before all tests on PostgreSQL, whose URL is a superuser's: makes the role as which they connect. Once after them:
 * drops what they left to each other.
 */
export default async function makeOwner(): Promise<() => Promise<void>> {
  await asSuperuser(makeRole);
  return () => asSuperuser(dropLeft);
}

async function asSuperuser(work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: process.env.MINTMARK_TEST_POSTGRES ?? '' });
  await client.connect();
  await work(client).finally(() => client.end());
}

async function makeRole(client: pg.Client): Promise<void> {
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
}

/** With which the names begin of the schemas that outlive their tests, by the process that runs the workers. */
export const schemasOfRun = (runner: number): string => `test_run_${runner}_`;

async function dropLeft(client: pg.Client): Promise<void> {
  const left = await client.query<{ name: string }>(
    'select nspname as name from pg_namespace where starts_with(nspname, $1)',
    [schemasOfRun(process.pid)],
  );
  await client.query('set client_min_messages = error');
  // One by one: each takes its locks.
  for (const { name } of left.rows) await client.query(`drop schema ${name} cascade`);
}
