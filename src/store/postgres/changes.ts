import type { Client, Pool } from 'pg';

/** Of one database; what is heard names the namespace. */
const CHANNEL = 'mintmark';
const RETRY_MS = 1000;

/**
 * Tells other processes that something was written, and hears it from them. Only to be faster than looking every now and
 * then, which goes on: what is lost on the way is found all the same. Not within the write: a server lets transactions
 * that notify commit one after the other, whatever their namespaces.
 */
export class Changes {
  readonly #pool: Pool;
  readonly #connect: () => Client;
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #written = new Set<string>();
  #telling = false;
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(pool: Pool, connect: () => Client) {
    this.#pool = pool;
    this.#connect = connect;
  }

  /** Calls `wake` after any process wrote to the namespace, until the returned function is called. */
  listen(namespace: string, wake: () => void): () => void {
    const listeners = this.#listeners.get(namespace) ?? new Set();
    this.#listeners.set(namespace, listeners.add(wake));
    if (!this.#client && !this.#timer) this.#open();
    return () => {
      listeners.delete(wake);
      if (listeners.size === 0) this.#listeners.delete(namespace);
    };
  }

  /** Namespaces written meanwhile go into one message. */
  tell(namespace: string): void {
    this.#written.add(namespace);
    if (!this.#telling && !this.#closed) void this.#tell();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#listeners.clear();
    await this.#client?.end().catch(() => {});
  }

  async #tell(): Promise<void> {
    this.#telling = true;
    try {
      while (this.#written.size > 0 && !this.#closed) {
        const namespaces = [...this.#written];
        this.#written.clear();
        await this.#pool.query(`select pg_notify('${CHANNEL}', name) from unnest($1::text[]) as name`, [
          namespaces,
        ]);
      }
    } catch {
      // Whoever listens looks by himself.
    } finally {
      this.#telling = false;
    }
  }

  #open(): void {
    this.#timer = undefined;
    const client = this.#connect();
    this.#client = client;
    const again = () => this.#reopen(client);
    client.on('error', again);
    client.on('end', again);
    client.on('notification', ({ payload }) => {
      for (const wake of this.#listeners.get(payload ?? '') ?? []) wake();
    });
    client
      .connect()
      .then(() => client.query(`listen ${CHANNEL}`))
      .catch(again);
  }

  #reopen(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    client.end().catch(() => {});
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.#open(), RETRY_MS * (0.5 + Math.random())).unref();
  }
}
