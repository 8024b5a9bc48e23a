import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { EngineError } from '../../errors.js';
import type { Dialect } from '../dialect.js';
import { demandStill } from '../migration.js';
import { Mutex } from '../mutex.js';
import type { Reader, Writer } from '../store.js';
import { Session } from './connection.js';
import { isLost, isPassing, storeError } from './errors.js';
import { MIGRATIONS } from './migrate.js';

export type DatabaseOptions = {
  /** Shown in errors and status: without a password. */
  readonly place: string;
  readonly durability: 'full' | 'normal';
  /** How long to wait for locks, connections and a server that comes back, in milliseconds. */
  readonly busyTimeoutMs: number;
  readonly closing?: AbortSignal | undefined;
  readonly statementTimeoutMs: number;
  readonly dialect: Dialect;
};

/**
 * Transactions on a pool of connections. A write locks its namespace's row, as SQLite locks the file, so that every rule
 * holds that looks before it writes; namespaces do not wait for each other, and reads wait for nobody.
 */
export class Database {
  readonly #pool: Pool;
  readonly #options: DatabaseOptions;
  /** One connection of this process waits for a namespace at a time, or waiting writers would take the whole pool. */
  readonly #writing = new Map<string, { readonly mutex: Mutex; users: number }>();
  readonly #underWay = new Set<Promise<unknown>>();
  #reached = false;

  constructor(pool: Pool, options: DatabaseOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  /** `fn` may run again on another snapshot when the connection is lost. */
  read<T>(namespace: string, fn: (reader: Reader) => Promise<T>): Promise<T> {
    const reading = () =>
      this.#transaction({
        namespace,
        begin: this.#reading(namespace),
        work: session => fn(session),
        // Nobody waits for the end of a read: whatever comes next on the connection is sent after it.
        end: async client => void client.query('commit').catch(() => {}),
      });
    return this.#begun(this.#retrying(reading));
  }

  write<T>(namespace: string, fn: (writer: Writer) => Promise<T>): Promise<T> {
    const writing = () => {
      let begun = false;
      return this.#retrying(
        () =>
          this.#transaction({
            namespace,
            begin: this.#writingTo(namespace),
            work: session => {
              begun = true;
              return fn(session);
            },
            end: client => this.#commit(client),
          }),
        // What `fn` did besides may not be done twice, so from there on the caller repeats.
        () => !begun,
      );
    };
    return this.#begun(this.#inTurn(namespace, writing));
  }

  async version(namespace: string): Promise<number> {
    const asking = () =>
      this.#pool.query<{ version: number }>('select version from namespace where name = $1', [namespace]);
    const found = await this.#begun(this.#retrying(asking));
    return found.rows[0]?.version ?? 0;
  }

  /** Runs work on a connection of its own, outside of any transaction. */
  async use<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const working = async () => {
      const client = await this.#pool.connect();
      let broken: unknown;
      try {
        return await work(client);
      } catch (error) {
        broken = error;
        throw error;
      } finally {
        client.release(broken !== undefined);
      }
    };
    return this.#begun(this.#retrying(working));
  }

  async #transaction<T>({ namespace, begin, work, end }: Transaction<T>): Promise<T> {
    const client = await this.#pool.connect();
    let lost = false;
    try {
      const { version, schema } = begunAt(await client.query(begin));
      this.#reached = true;
      demandStill(schema, MIGRATIONS, this.#options.place);
      const result = await work(new Session(namespace, client, { dialect: this.#options.dialect, version }));
      await end(client);
      return result;
    } catch (error) {
      lost = !(await rolledBack(client));
      throw error;
    } finally {
      client.release(lost);
    }
  }

  /** Without an answer nobody knows whether it is committed; where a statement failed, the server answers and rolls back. */
  async #commit(client: PoolClient): Promise<void> {
    try {
      const { command } = await client.query('commit');
      if (command !== 'COMMIT') throw new Error('The write was not committed: one of its statements failed.');
    } catch (error) {
      if (!isLost(error)) throw error;
      throw new EngineError(
        'unavailable',
        'The connection was lost while the call was being committed.',
        'It may or may not have been written. Repeat the same call with the same idempotency_key, or look first.',
        { aside: ` (${this.#options.place})`, cause: error },
      );
    }
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #begun<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const over = () => void this.#underWay.delete(work);
    work.then(over, over);
    return work;
  }

  async #retrying<T>(attempt: () => Promise<T>, mayRepeat = () => true): Promise<T> {
    const end = performance.now() + this.#options.busyTimeoutMs;
    for (let tries = 0; ; tries += 1) {
      try {
        return await attempt();
      } catch (error) {
        // A server that was never there is more likely misnamed than about to come back.
        const hopeless = isLost(error) && !this.#reached;
        const isOver = this.#options.closing?.aborted || performance.now() > end;
        if (hopeless || !isPassing(error) || !mayRepeat() || isOver)
          throw storeError(error, this.#options.place);
      }
      await sleep(Math.random() * Math.min(500, 10 * 2 ** tries));
    }
  }

  async #inTurn<T>(namespace: string, work: () => Promise<T>): Promise<T> {
    const turn = this.#writing.get(namespace) ?? { mutex: new Mutex(), users: 0 };
    this.#writing.set(namespace, turn);
    turn.users += 1;
    try {
      return await turn.mutex.run(work);
    } finally {
      turn.users -= 1;
      if (turn.users === 0) this.#writing.delete(namespace);
    }
  }

  // Several statements in one message, so that a transaction begins in one round trip; settings are local to it, so that
  // a connection pooler may hand each transaction another connection. A namespace's name needs no escaping.
  #reading(namespace: string): string {
    return `begin isolation level repeatable read read only; ${ownRows(namespace)}; ${this.#limits()};
      select ${SCHEMA}, (select version from namespace where name = '${namespace}')`;
  }

  // Who waits for a row that somebody changes meanwhile waits anew, behind whoever came later, so writers take turns at
  // a lock before it; the row is what rules rest on. A write looks rows up by their keys: planned for the namespace at hand,
  // one that is new or has grown since statistics were made is thought to have no rows, and all are read for each key.
  #writingTo(namespace: string): string {
    const durability = this.#options.durability === 'normal' ? 'set local synchronous_commit = off;' : '';
    return `begin; ${ownRows(namespace)}; ${this.#limits()}; set local plan_cache_mode = force_generic_plan; ${durability}
      select pg_advisory_xact_lock(hashtextextended(current_schema || ' ${namespace}', 0));
      insert into namespace (name, version) values ('${namespace}', 1)
        on conflict (name) do update set version = namespace.version + 1 returning version - 1 as version, ${SCHEMA}`;
  }

  #limits(): string {
    const { busyTimeoutMs, statementTimeoutMs } = this.#options;
    return `set local jit = off; set local max_parallel_workers_per_gather = 0; set local hnsw.iterative_scan = strict_order; set local hnsw.ef_search = 400;
      set local ivfflat.iterative_scan = relaxed_order; set local ivfflat.probes = 30;
      set local lock_timeout = ${Math.max(1, busyTimeoutMs)}; set local statement_timeout = ${statementTimeoutMs};
      set local idle_in_transaction_session_timeout = ${Math.max(60_000, busyTimeoutMs)}`;
  }
}

/** Until the end of the transaction row security lets through the rows of this namespace alone (see schema 8). */
export const ownRows = (namespace: string): string => `set local mintmark.namespace = '${namespace}'`;

type Transaction<T> = {
  readonly namespace: string;
  readonly begin: string;
  readonly work: (session: Session) => Promise<T>;
  readonly end: (client: PoolClient) => Promise<unknown>;
};

/** Asked in every transaction: a newer version of mintmark may have taken the schema further since it was opened. */
const SCHEMA = '(select max(version) from migration) as schema';

/** What the last of several statements says: what the namespace and the schema are at. */
function begunAt(begun: unknown): { readonly version: number; readonly schema: number } {
  const results: unknown[] = Array.isArray(begun) ? begun : [begun];
  const last = results.at(-1);
  const rows = last !== null && typeof last === 'object' && 'rows' in last ? last.rows : [];
  const [row] = Array.isArray(rows) ? rows : [];
  return { version: Number(row?.version ?? 0), schema: Number(row?.schema ?? 0) };
}

async function rolledBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}
