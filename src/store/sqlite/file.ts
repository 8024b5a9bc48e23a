import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError, reasonOf } from '../../errors.js';
import { closed } from '../closed.js';
import { demandStill } from '../migration.js';
import { Mutex } from '../mutex.js';
import type { Reader, Writer } from '../store.js';
import { Session } from './connection.js';
import { type Connection, connect, loadVectorExtension } from './driver.js';
import { isBusy, storeError } from './errors.js';
import { type FileIdentity, identitiesOf, identityOf, prepareFile } from './filesystem.js';
import { giveWay } from './give-way.js';
import { demandOurs, MIGRATIONS, migrate } from './migrate.js';

export type FileOptions = {
  readonly path: string;
  readonly namespace: string;
  readonly durability: 'full' | 'normal';
  /** How long to wait for other processes' locks, in milliseconds. */
  readonly busyTimeoutMs: number;
  /** Ends every such wait. */
  readonly closing?: AbortSignal | undefined;
};

/**
 * One database file: a writer connection behind a mutex and a reader that cannot write. SQLite's own busy
 * handler starves a writer for seconds and blocks the event loop, so waiting is asynchronous, with jitter.
 */
export class DatabaseFile {
  readonly path: string;
  readonly vectors: string;
  readonly #namespace: string;
  readonly #patience: Patience;
  /** By path: the database and its log. Who lost either would go on writing to what nobody else can open. */
  readonly #files: ReadonlyMap<string, FileIdentity>;
  readonly #writer: Connection;
  readonly #reader: Connection;
  readonly #write: Session;
  readonly #read: Session;
  readonly #writing = new Mutex();
  readonly #reading: Mutex;
  #commits = 0;
  #damage: EngineError | undefined;

  static async open(options: FileOptions): Promise<DatabaseFile> {
    const isFile = options.path !== ':memory:';
    if (isFile) prepareFile(options.path);
    try {
      const { busyTimeoutMs, closing, path } = options;
      const writer = await retryBusy({ busyTimeoutMs, closing }, () => openWriter(options));
      const reader = isFile ? await retryBusy({ busyTimeoutMs, closing }, () => openReader(path)) : writer;
      return new DatabaseFile(options, writer, reader);
    } catch (error) {
      throw storeError(error, options.path);
    }
  }

  private constructor(
    { path, namespace, busyTimeoutMs, closing }: FileOptions,
    writer: Connection,
    reader: Connection,
  ) {
    this.path = path;
    this.#namespace = namespace;
    this.#patience = { busyTimeoutMs, closing };
    this.#files = path === ':memory:' ? new Map() : identitiesOf([path, `${path}-wal`]);
    this.#writer = writer;
    this.#reader = reader;
    this.vectors = loadVectors([...new Set([writer, reader])]);
    const commits = () => this.#commits;
    this.#write = new Session(namespace, writer, commits);
    this.#read = reader === writer ? this.#write : new Session(namespace, reader, commits);
    this.#reading = reader === writer ? this.#writing : new Mutex();
  }

  read<T>(fn: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#reading.run(() =>
      this.#named(async () => {
        await giveWay();
        return await retryBusy(this.#patience, async () => {
          this.#reader.exec('begin');
          try {
            demandStill(this.#read.schema(), MIGRATIONS, this.path);
            return await fn(this.#read);
          } finally {
            if (this.#reader.inTransaction) this.#reader.exec('rollback');
          }
        });
      }),
    );
  }

  write<T>(fn: (writer: Writer) => Promise<T>): Promise<T> {
    const asked = performance.now();
    return this.#writing.run(() =>
      this.#named(async () => {
        await giveWay();
        this.#refuseUnsafe();
        await retryBusy(this.#patienceSince(asked), async () => this.#writer.exec('begin immediate'));
        try {
          demandStill(this.#write.schema(), MIGRATIONS, this.path);
          const result = await fn(this.#write);
          this.#writer.exec('commit');
          this.#commits += 1;
          return result;
        } finally {
          if (this.#writer.inTransaction) this.#writer.exec('rollback');
        }
      }),
    );
  }

  version(): number {
    return this.#read.version();
  }

  async settle(): Promise<boolean> {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      if (attempt > 0) await sleep(25);
      const clean = await this.#writing.run(() =>
        this.#reader === this.#writer ? this.#checkpoint() : this.#reading.run(() => this.#checkpoint()),
      );
      if (clean) return true;
    }
    return false;
  }

  pragma(source: string): unknown {
    return this.#reader.pragma(source);
  }

  async close(): Promise<void> {
    await this.#writing.run(async () => {});
    await this.#reading.run(async () => {});
    if (this.#reader !== this.#writer) this.#reader.close();
    this.#writer.close();
  }

  async #checkpoint(): Promise<boolean> {
    try {
      return this.#writer.pragma('wal_checkpoint(truncate)', { simple: true }) === 0;
    } catch (error) {
      if (isBusy(error)) return false;
      throw storeError(error, this.path);
    }
  }

  #refuseUnsafe(): void {
    if (this.#damage) throw this.#damage;
    for (const [path, { device, inode }] of this.#files) {
      const now = identityOf(path);
      if (now?.inode === inode && now.device === device) continue;
      throw new EngineError(
        'file_replaced',
        `${basename(path)} was ${now ? 'replaced by another file' : 'removed'} while it was open (namespace ${this.#namespace}).`,
        'Nothing was written. Restart the server, so that it opens the file that is there now.',
        { aside: ` (${path})` },
      );
    }
  }

  /** Calls that one stuck lock holds up fail together, not one deadline after the other. */
  #patienceSince(asked: number): Patience {
    const { busyTimeoutMs, closing } = this.#patience;
    const left = busyTimeoutMs - (performance.now() - asked);
    return { busyTimeoutMs: Math.max(left, Math.min(busyTimeoutMs, LEAST_PATIENCE_MS)), closing };
  }

  async #named<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const named = storeError(error, this.path);
      if (named instanceof EngineError && named.code === 'damaged') this.#damage ??= named;
      throw named;
    }
  }
}

/** For who has waited behind this process's own writes until the deadline: several tries, as locks are short. */
const LEAST_PATIENCE_MS = 100;

/** KiB, as SQLite takes them: negative. better-sqlite3 would have each connection keep 16 MB of pages. */
const CACHE = -8000;

/** A database in memory with the newest schema and nothing in it: a copy takes a quarter of the time of the migrations. */
let empty: Buffer | undefined;

async function openWriter({ path, durability }: FileOptions): Promise<Connection> {
  const inMemory = path === ':memory:';
  const connection = connect(inMemory ? (empty ?? path) : path);
  try {
    // Before the file is put into another mode: that stays, also in a database of another program.
    if (!inMemory && connection.pragma('journal_mode', { simple: true }) !== 'wal')
      demandOurs(connection, path);
    connection.pragma('journal_mode = wal');
    connection.pragma(`cache_size = ${CACHE}`);
    // better-sqlite3 is compiled with NORMAL for WAL, which loses acknowledged commits on power loss.
    connection.pragma(`synchronous = ${durability}`);
    for (const setting of [
      'fullfsync = on',
      'checkpoint_fullfsync = on',
      'foreign_keys = on',
      'cell_size_check = on',
    ])
      connection.pragma(setting);
    // Without recursive triggers INSERT OR REPLACE deletes rows that BEFORE DELETE triggers protect.
    for (const setting of ['recursive_triggers = on', 'secure_delete = on', 'temp_store = memory'])
      connection.pragma(setting);
    migrate(connection, path);
    if (inMemory) empty ??= connection.serialize();
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function openReader(path: string): Promise<Connection> {
  const connection = connect(path);
  connection.pragma('query_only = on');
  connection.pragma(`cache_size = ${CACHE}`);
  connection.pragma('temp_store = memory');
  return connection;
}

function loadVectors(connections: readonly Connection[]): string {
  try {
    for (const connection of connections) loadVectorExtension(connection);
    return `sqlite-vec ${String(connections[0]?.prepare('select vec_version()').pluck().get())}`;
  } catch (error) {
    // Text search works without it, so an odd platform must not cost the memory itself.
    return `unavailable (${reasonOf(error)})`;
  }
}

type Patience = Pick<FileOptions, 'busyTimeoutMs' | 'closing'>;

/** Runs `attempt` again while the database is locked, a few jittered milliseconds apart, until the deadline. */
async function retryBusy<T>({ busyTimeoutMs, closing }: Patience, attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + busyTimeoutMs;
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
      if (closing?.aborted) throw closed();
    }
    await sleep(Math.random() * Math.min(10, 1 + tries));
  }
}
