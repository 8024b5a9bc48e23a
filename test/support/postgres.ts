import pg from 'pg';
import { databaseFor, POSTGRES } from './engines.js';

/** Integers are numbers, as SQLite gives them. */
const BIGINT = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === BIGINT ? Number : pg.types.getTypeParser(oid, format)),
};

/** A connection to the database that stands for a path: as a superuser, whom row security does not bind, or as another. */
export async function psql(path: string, username?: string) {
  if (!POSTGRES) throw new Error('MINTMARK_TEST_POSTGRES is not set');
  const { pathname, searchParams } = new URL(databaseFor(path));
  const schema = searchParams.get('schema') ?? 'public';
  const url = Object.assign(new URL(POSTGRES), { pathname }, username && { username });
  const client = new pg.Client({
    connectionString: url.href,
    types,
    options: `-c search_path=${schema},public -c client_min_messages=warning`,
  });
  await client.connect();
  return {
    rows: async <Row = Record<string, unknown>>(text: string): Promise<Row[]> =>
      (await client.query(text)).rows,
    /** How many rows a statement reached; nothing of it stays. */
    reached: async (text: string): Promise<number> => {
      await client.query('begin');
      return (await client.query(text).finally(() => client.query('rollback'))).rowCount ?? 0;
    },
    /** As whoever may switch every rule off: what only a superuser could do to a database. */
    tamper: async (text: string): Promise<void> => {
      await client.query(`begin; set local session_replication_role = replica; ${text}; commit`);
    },
    schema,
    [Symbol.asyncDispose]: () => client.end(),
  };
}
