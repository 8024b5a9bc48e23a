import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../errors.js';
import type { Reader, Writer } from '../store.js';
import { Session } from './connection.js';
import { type Connection, connect, loadVectorExtension } from './driver.js';
import { isBusy, storeError } from './errors.js';
import { type FileIdentity, identityOf, prepareFile } from './filesystem.js';
import { migrate } from './migrate.js';
import { Mutex } from './mutex.js';

export type FileOptions = {
  readonly path: string;
  readonly namespace: string;
  readonly durability: 'full' | 'normal';
  /** How long to wait for other processes' locks, in milliseconds. */
  readonly busyTimeoutMs: number;
};

/**
 * One database file: a writer connection behind a mutex and a reader that cannot write. SQLite's own busy
 * handler starves a writer for seconds and blocks the event loop, so waiting is asynchronous, with jitter.
 */
export class DatabaseFile {
  readonly path: string;
  readonly vectors: string;
  readonly #namespace: string;
  readonly #deadline: number;
  readonly #identity: FileIdentity | undefined;
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
      const writer = await retryBusy(options.busyTimeoutMs, () => openWriter(options));
      const reader = isFile ? await retryBusy(options.busyTimeoutMs, () => openReader(options.path)) : writer;
      return new DatabaseFile(options, writer, reader);
    } catch (error) {
      throw storeError(error, options.path);
    }
  }

  private constructor(
    { path, namespace, busyTimeoutMs }: FileOptions,
    writer: Connection,
    reader: Connection,
  ) {
    this.path = path;
    this.#namespace = namespace;
    this.#deadline = busyTimeoutMs;
    this.#identity = path === ':memory:' ? undefined : identityOf(path);
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
      this.#named(() =>
        retryBusy(this.#deadline, async () => {
          this.#reader.exec('begin');
          try {
            return await fn(this.#read);
          } finally {
            if (this.#reader.inTransaction) this.#reader.exec('rollback');
          }
        }),
      ),
    );
  }

  write<T>(fn: (writer: Writer) => Promise<T>): Promise<T> {
    return this.#writing.run(() =>
      this.#named(async () => {
        this.#refuseUnsafe();
        await retryBusy(this.#deadline, async () => this.#writer.exec('begin immediate'));
        try {
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
    if (!this.#identity) return;
    const now = identityOf(this.path);
    if (now?.inode === this.#identity.inode && now.device === this.#identity.device) return;
    throw new EngineError(
      'file_replaced',
      `${this.path} was ${now ? 'replaced by another file' : 'removed'} while it was open (namespace ${this.#namespace}).`,
      'Nothing was written. Restart the server, so that it opens the file that is there now.',
    );
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

async function openWriter({ path, durability }: FileOptions): Promise<Connection> {
  const connection = connect(path);
  try {
    connection.pragma('journal_mode = wal');
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
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function openReader(path: string): Promise<Connection> {
  const connection = connect(path);
  connection.pragma('query_only = on');
  connection.pragma('temp_store = memory');
  return connection;
}

function loadVectors(connections: readonly Connection[]): string {
  try {
    for (const connection of connections) loadVectorExtension(connection);
    return `sqlite-vec ${String(connections[0]?.prepare('select vec_version()').pluck().get())}`;
  } catch (error) {
    // Text search works without it, so an odd platform must not cost the memory itself.
    return `unavailable (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** Runs `attempt` again while the database is locked, a few jittered milliseconds apart, until the deadline. */
async function retryBusy<T>(deadlineMs: number, attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
    }
    await sleep(Math.random() * Math.min(10, 1 + tries));
  }
}
