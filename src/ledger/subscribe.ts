import { type EventWithBody, lastPosition, newEvents } from '../store/events.js';
import type { Store } from '../store/store.js';

export type Listener = (events: readonly EventWithBody[]) => void;

/**
 * Tells listeners of every committed event of a namespace, whichever process wrote it. While anyone listens it looks at
 * the store's version every `pollMs`, and when the store hears of a change; it reads only when that has changed.
 */
export class Feed {
  readonly #store: Store;
  readonly #pollMs: number;
  readonly #open = new Map<string, Subscription>();

  constructor(store: Store, pollMs: number) {
    this.#store = store;
    this.#pollMs = pollMs;
  }

  /** Resolves once events from now on will be heard. The returned function ends the subscription. */
  async subscribe(namespace: string, listener: Listener): Promise<() => void> {
    let subscription = this.#open.get(namespace);
    if (!subscription) {
      subscription = new Subscription(this.#store, namespace, this.#pollMs);
      this.#open.set(namespace, subscription);
    }
    const listening = subscription;
    listening.listeners.add(listener);
    await listening.started.catch(error => {
      // The next to listen begins anew.
      listening.stop();
      this.#open.delete(namespace);
      throw error;
    });
    return () => {
      // Ended twice, it must not end what another began since.
      if (!listening.listeners.delete(listener) || listening.listeners.size > 0) return;
      listening.stop();
      this.#open.delete(namespace);
    };
  }

  close(): void {
    for (const subscription of this.#open.values()) subscription.stop();
    this.#open.clear();
  }
}

class Subscription {
  readonly listeners = new Set<Listener>();
  readonly started: Promise<void>;
  readonly #store: Store;
  readonly #namespace: string;
  readonly #timer: NodeJS.Timeout;
  readonly #unhear: () => void;
  #position = 0;
  #version = -1;
  #looking = false;
  #again = false;

  constructor(store: Store, namespace: string, pollMs: number) {
    this.#store = store;
    this.#namespace = namespace;
    this.started = store.read(namespace, lastPosition).then(position => {
      this.#position = position;
    });
    // A closed or damaged database must not end the process; the next call reports it to its caller.
    const look = () => void this.#look().catch(() => {});
    this.#timer = setInterval(look, pollMs).unref();
    this.#unhear = store.onChange(namespace, look);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#unhear();
  }

  /** Woken while it looks, it looks once more: what woke it may be younger than what it saw. */
  async #look(): Promise<void> {
    this.#again = this.#looking;
    if (this.#looking) return;
    this.#looking = true;
    try {
      do {
        this.#again = false;
        await this.#lookOnce();
      } while (this.#again);
    } finally {
      this.#looking = false;
    }
  }

  async #lookOnce(): Promise<void> {
    await this.started;
    const version = await this.#store.version(this.#namespace);
    if (version === this.#version) return;
    const events = await this.#store.read(this.#namespace, reader => newEvents(reader, this.#position));
    this.#position = events.at(-1)?.position ?? this.#position;
    // A full page may not be all there is, so the version is only taken as seen once nothing is left.
    if (events.length === 0) this.#version = version;
    else for (const listener of this.listeners) tell(listener, events);
  }
}

/** What a listener throws is its own bug, and no reason for the others to miss what they will not be told again. */
function tell(listener: Listener, events: readonly EventWithBody[]): void {
  try {
    listener(events);
  } catch (error) {
    console.error(error);
  }
}
