import type { Server } from '@modelcontextprotocol/server';
import { isAgentEvent } from '../schema/event.js';
import type { Caller } from './caller.js';
import { named } from './reading.js';
import type { Behind } from './surface.js';

type Heard = { readonly type: string; readonly stream: string; readonly content: string | null };

/** Hears the URI of each resource that changed. */
type Hearer = (uri: string) => void;

/**
 * Tells subscribed clients of one namespace that a resource changed, whichever window changed it. In the 2025
 * protocols we keep the subscribed URIs; since 2026-07-28 the SDK filters what it forwards, so all notices go to it.
 */
export class ResourceNotices {
  readonly #behind: Behind;
  readonly #namespace: string;
  readonly #hearers = new Set<Hearer>();
  #listening: Promise<() => void> | undefined;

  constructor(behind: Behind, namespace: string) {
    this.#behind = behind;
    this.#namespace = namespace;
  }

  attach(server: Server, caller: Caller): void {
    const uris = new Set<string>();
    const hearer = (uri: string) => uris.has(uri) && announce(server, uri);
    server.setRequestHandler('resources/subscribe', async ({ params }) => {
      uris.add(params.uri);
      await named(caller, () => this.hear(hearer));
      return {};
    });
    server.setRequestHandler('resources/unsubscribe', async ({ params }) => {
      uris.delete(params.uri);
      if (uris.size === 0) await this.forget(hearer);
      return {};
    });
    server.onclose = () => void this.forget(hearer);
  }

  /** For clients of 2026-07-28: from the first `subscriptions/listen` on. */
  async listenAll(server: Server): Promise<void> {
    await this.hear(uri => announce(server, uri));
  }

  /** Resolves once changes from now on are heard. */
  async hear(hearer: Hearer): Promise<void> {
    this.#hearers.add(hearer);
    const listening = this.#listening ?? this.#listen();
    this.#listening = listening;
    try {
      await listening;
    } catch (error) {
      // The next to subscribe tries anew: the database may be back by then.
      this.#hearers.delete(hearer);
      if (this.#listening === listening) this.#listening = undefined;
      throw error;
    }
  }

  async #listen(): Promise<() => void> {
    const { engine } = await this.#behind.ready();
    return engine.subscribe(
      events => this.#announce(events.flatMap(urisChangedBy)),
      engine.call({ namespace: this.#namespace }),
    );
  }

  async forget(hearer: Hearer): Promise<void> {
    this.#hearers.delete(hearer);
    if (this.#hearers.size > 0) return;
    const listening = this.#listening;
    this.#listening = undefined;
    // That it failed was told to whoever asked for it.
    const stop = await listening?.catch(() => undefined);
    stop?.();
  }

  #announce(changed: readonly string[]): void {
    for (const uri of new Set(changed)) for (const hearer of this.#hearers) hearer(uri);
  }
}

/** A client that is gone cannot be told, and its connection's end is seen elsewhere. */
const announce = (server: Server, uri: string): void =>
  void server.sendResourceUpdated({ uri }).catch(() => {});

const URIS: Readonly<Record<string, (id: string) => readonly string[]>> = {
  mem: id => [`memory://${id}`],
  med: id => [`medallion://${id}`],
  run: id => [`run://${id}`, `run://${id}/ledger`],
  epi: id => [`episode://${id}`],
  ses: id => [`session://${id}`],
  sum: id => [`summary://${id}`],
  blob: id => [`blob://${id}`],
};

/** The resources whose text may differ after an event: what its stream is about and what its body names. */
function urisChangedBy({ type, stream, content }: Heard): string[] {
  // What an agent wrote may name anything; it changes nothing but its own run.
  const text = isAgentEvent(type) ? stream : `${stream} ${content ?? ''}`;
  return [...text.matchAll(/\b(mem|med|run|epi|ses|sum|blob)_[A-Za-z0-9]+/g)].flatMap(
    ([id, noun = '']) => URIS[noun]?.(id) ?? [],
  );
}
