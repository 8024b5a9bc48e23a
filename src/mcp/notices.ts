import type { Server } from '@modelcontextprotocol/server';
import type { Engine } from '../engine.js';
import { isAgentEvent } from '../schema/event.js';

type Heard = { readonly type: string; readonly stream: string; readonly content: string | null };

/**
 * Tells subscribed clients that a resource changed, whichever window changed it. In the 2025 protocols we keep the
 * subscribed URIs; since 2026-07-28 the SDK filters what it forwards, so all notices go to it.
 */
export class ResourceNotices {
  readonly #engine: Engine;
  readonly #servers = new Map<Server, Set<string> | 'all'>();
  #listening: Promise<() => void> | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  attach(server: Server): void {
    const uris = new Set<string>();
    server.setRequestHandler('resources/subscribe', async ({ params }) => {
      uris.add(params.uri);
      this.#servers.set(server, uris);
      await this.#listen();
      return {};
    });
    server.setRequestHandler('resources/unsubscribe', async ({ params }) => {
      uris.delete(params.uri);
      if (uris.size === 0) await this.#forget(server);
      return {};
    });
    server.onclose = () => void this.#forget(server);
  }

  /** For clients of 2026-07-28: from the first `subscriptions/listen` on. */
  async listenAll(server: Server): Promise<void> {
    this.#servers.set(server, 'all');
    await this.#listen();
  }

  async #listen(): Promise<void> {
    this.#listening ??= this.#engine.subscribe(events => this.#announce(events.flatMap(urisChangedBy)));
    await this.#listening;
  }

  async #forget(server: Server): Promise<void> {
    this.#servers.delete(server);
    if (this.#servers.size > 0) return;
    const listening = this.#listening;
    this.#listening = undefined;
    (await listening)?.();
  }

  #announce(changed: readonly string[]): void {
    // A client that is gone cannot be told, and its connection's end is seen elsewhere.
    for (const uri of new Set(changed))
      for (const [server, uris] of this.#servers)
        if (uris === 'all' || uris.has(uri)) server.sendResourceUpdated({ uri }).catch(() => {});
  }
}

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
export function urisChangedBy({ type, stream, content }: Heard): string[] {
  // What an agent wrote may name anything; it changes nothing but its own run.
  const text = isAgentEvent(type) ? stream : `${stream} ${content ?? ''}`;
  return [...text.matchAll(/\b(mem|med|run|epi|ses|sum|blob)_[A-Za-z0-9]+/g)].flatMap(
    ([id, noun = '']) => URIS[noun]?.(id) ?? [],
  );
}
