import type { Options } from '../config/options.js';
import type { Embedder } from './embedder.js';

export type EmbedderOptions = Pick<
  Options,
  | 'embedder'
  | 'embedUrl'
  | 'embedModel'
  | 'embedKey'
  | 'embedStyle'
  | 'embedDims'
  | 'embedBatch'
  | 'embedTimeoutMs'
  | 'embedRetryMs'
>;

/** How much an embedder is given at a time. */
export type Batch = { readonly texts: number; readonly characters: number };

/** How an embedder comes to be: opened on first use, since what it loads or asks takes time. */
export type EmbedderSource = {
  /** The same one every time. Throws `unavailable`; the next call tries again. */
  open(): Promise<Embedder>;
  readonly batch: Batch;
  /** Milliseconds before it is tried again after a first failure; twice as long after each further one. */
  readonly retryMs: number;
};

const LONGEST_REQUEST = 200_000;
/** A few milliseconds of computing in this thread. */
const BRIEF: Batch = { texts: 16, characters: 4000 };

/** The embedder of the caller's, else the configured one; undefined for none. */
export function embedderSource(options: EmbedderOptions, own?: Embedder): EmbedderSource | undefined {
  const { embedRetryMs: retryMs } = options;
  const batch = { texts: options.embedBatch, characters: LONGEST_REQUEST };
  if (own) return { open: async () => own, batch, retryMs };
  switch (options.embedder) {
    case 'none':
      return undefined;
    case 'static':
      return {
        open: once(async () => (await import('./embedders/static.js')).staticEmbedder()),
        batch: BRIEF,
        retryMs,
      };
    case 'http':
      return {
        open: once(async () => (await import('./embedders/http.js')).openHttp(options)),
        batch,
        retryMs,
      };
    case 'transformers':
      return {
        open: once(async () => (await import('./embedders/transformers.js')).openTransformers(options)),
        batch,
        retryMs,
      };
  }
}

/** What failed is tried again; what came is kept. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open();
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
}
