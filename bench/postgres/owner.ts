import type pg from 'pg';

const ROLE = 'mintmark_bench';

/** Row security never binds a superuser, so what is measured connects as a role that owns the tables. Returns its URL. */
export async function asOwner(client: pg.Client, url: string): Promise<string> {
  const secret = client.password ? `password ${client.escapeLiteral(client.password)}` : '';
  await client.query(`
    do $$ begin create role ${ROLE}; exception when duplicate_object then null; end $$;
    alter role ${ROLE} with login nosuperuser nobypassrls ${secret};
    grant create on schema public to ${ROLE};
    create extension if not exists vector`);
  return Object.assign(new URL(url), { username: ROLE }).href;
}
