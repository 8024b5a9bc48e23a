import pg from 'pg';
import { schemaOf, shownUrl } from '../../text/database-url.js';
import { sql } from '../sql.js';
import type { Reader, StoreFacts } from '../store.js';
import { Changes } from './changes.js';
import { Database } from './database.js';
import { dialectOf } from './dialect.js';
import { inspect } from './inspect.js';
import { MIGRATIONS, migrate } from './migrate.js';
import type { Connected, PostgresOptions } from './open.js';

/** Integers and sums of them are numbers: none leaves the range that JavaScript counts exactly. */
const BIGINT = 20;
const NUMERIC = 1700;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === BIGINT || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format),
};

/** A store of all namespaces in one PostgreSQL database, in the schema that the connection begins in. */
export function connectPostgres(options: PostgresOptions): Connected {
  const { durability, busyTimeoutMs, closing, statementTimeoutMs, connections } = options;
  const place = shownUrl(options.url);
  const { url, schema } = schemaOf(options.url);
  const config: pg.ClientConfig = {
    connectionString: url,
    types,
    application_name: 'mintmark',
    // Types of extensions lie in public, as a rule.
    ...(schema && { options: `-c search_path=${schema},public` }),
    keepAlive: true,
    // What does not wait for another's result is sent at once.
    pipeline: true,
    connectionTimeoutMillis: Math.max(1, busyTimeoutMs),
  };
  const pool = new pg.Pool({ ...config, max: connections, allowExitOnIdle: true });
  pool.on('error', () => {});
  // An error between two queries has nobody to go to; the next query tells of it.
  pool.on('connect', client => void client.on('error', () => {}));
  const database = new Database(pool, {
    ...{ place, durability, busyTimeoutMs, closing, statementTimeoutMs },
    dialect: dialectOf(options.near),
  });
  const changes = new Changes(pool, () => new pg.Client(config));
  let opened: Promise<void> | undefined;
  const ready = (): Promise<void> => {
    opened ??= database
      .use(client => migrate(client, { place, schema }))
      .catch(error => {
        opened = undefined;
        throw error;
      });
    return opened;
  };
  return {
    read: async (namespace, fn) => {
      await ready();
      return database.read(namespace, fn);
    },
    write: async (namespace, fn) => {
      await ready();
      const result = await database.write(namespace, fn);
      changes.tell(namespace);
      return result;
    },
    version: async namespace => {
      await ready();
      return database.version(namespace);
    },
    namespaces: async () => {
      await ready();
      const { rows } = await pool.query<{ name: string }>('select name from namespace order by name');
      return rows.map(({ name }) => name);
    },
    // Its log is the server's to empty, and its vacuum too.
    settle: async () => true,
    onChange: (namespace, wake) => changes.listen(namespace, wake),
    facts: async namespace => {
      await ready();
      return { ...(await database.read(namespace, facts)), path: place };
    },
    inspect: async namespace => {
      await ready();
      return database.use(client => inspect(client, namespace));
    },
    close: async () => {
      await changes.close();
      // A pool that ends leaves who waits for a connection without an answer.
      await database.settled();
      await pool.end();
    },
  };
}

/** The size is that of the namespace's own contents: the tables are everybody's, and how full they are is nobody's business. */
async function facts(reader: Reader): Promise<Omit<StoreFacts, 'path'>> {
  const row = await reader.get<{ server: string; bound: boolean; size: number; vectors: string | null }>(sql`
    select current_setting('server_version') as server, row_security_active('memory') as bound,
      (select coalesce(sum(pg_column_size(b.*)), 0) from body b where b.namespace = ${reader.namespace}) as size,
      (select extversion from pg_extension where extname = 'vector') as vectors`);
  return {
    engine: `PostgreSQL ${row?.server.split(' ')[0] ?? 'unknown'}${row?.bound ? '' : ', row security bypassed'}`,
    schema_version: MIGRATIONS.length,
    size_bytes: row?.size ?? 0,
    wal_bytes: 0,
    vectors: row?.vectors ? `pgvector ${row.vectors}` : 'unavailable (pgvector is not installed)',
  };
}
