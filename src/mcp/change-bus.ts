import type { ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';
import type { ResourceNotices } from './notices.js';

/** The changes of one namespace, for the SDK's `subscriptions/listen` streams. It looks only while one is open. */
export class ChangeBus implements ServerEventBus {
  readonly #notices: ResourceNotices;
  readonly #listeners = new Set<(event: ServerEvent) => void>();
  readonly #hearer = (uri: string) => this.publish({ kind: 'resource_updated', uri });

  constructor(notices: ResourceNotices) {
    this.#notices = notices;
  }

  publish(event: ServerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      this.restIfAlone();
    };
  }

  /** Resolves once changes are heard. */
  hear(): Promise<void> {
    return this.#notices.hear(this.#hearer);
  }

  restIfAlone(): void {
    if (this.#listeners.size === 0) void this.#notices.forget(this.#hearer);
  }
}
