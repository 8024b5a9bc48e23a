import type { Options } from '../config/options.js';
import type { Embedder } from './embedder.js';
import { STATIC } from './embedders/static-table.js';

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
  /** Whether it makes vectors of a name, as far as that can be told before it is open. */
  makes(name: string): boolean;
  /** Who made vectors of a name under other settings, where these can still ask it. */
  former(name: string): Promise<Embedder | undefined>;
  readonly batch: Batch;
  /** Milliseconds before it is tried again after a first failure; twice as long after each further one. */
  readonly retryMs: number;
};

const LONGEST_REQUEST = 200_000;
/** A few milliseconds of computing in this thread. */
const BRIEF: Batch = { texts: 16, characters: 4000 };

/** The embedder of the caller's, else the configured one; undefined for none. */
export function embedderSource(options: EmbedderOptions, own?: Embedder): EmbedderSource | undefined {
  const { embedder, embedStyle, embedModel, embedDims, embedRetryMs: retryMs } = options;
  const batch = { texts: options.embedBatch, characters: LONGEST_REQUEST };
  const shared = { former: formerOf(options, own), retryMs };
  if (own) return { ...shared, open: async () => own, makes: name => name === own.name, batch };
  switch (embedder) {
    case 'none':
      return undefined;
    case 'static':
      return { ...shared, open: once(openStatic), makes: name => name === STATIC, batch: BRIEF };
    case 'http': {
      const prefix = `${embedStyle}:${embedModel}:`;
      const makes = (name: string) =>
        embedDims > 0 ? name === `${prefix}${embedDims}` : name.startsWith(prefix);
      return { ...shared, open: once(() => openHttp(options)), makes, batch };
    }
    case 'transformers': {
      const prefix = `${TRANSFORMERS}${embedModel}:`;
      const makes = (name: string) => name.startsWith(prefix);
      return { ...shared, open: once(() => openTransformers(options)), makes, batch };
    }
  }
}

const TRANSFORMERS = 'transformers:';

const openStatic = async () => (await import('./embedders/static.js')).staticEmbedder();
const openHttp = async (options: EmbedderOptions) => (await import('./embedders/http.js')).openHttp(options);
const openTransformers = async (options: EmbedderOptions) =>
  (await import('./embedders/transformers.js')).openTransformers(options);

/** The table of the package always, another model only of the endpoint or the package that is configured. */
function formerOf(options: EmbedderOptions, own: Embedder | undefined): EmbedderSource['former'] {
  const opened = new Map<string, () => Promise<Embedder | undefined>>();
  return async name => {
    const open = opened.get(name) ?? once(() => openNamed(name, options, own !== undefined));
    opened.set(name, open);
    const embedder = await open().catch(() => undefined);
    return embedder?.name === name ? embedder : undefined;
  };
}

async function openNamed(
  name: string,
  options: EmbedderOptions,
  own: boolean,
): Promise<Embedder | undefined> {
  if (name === STATIC) return openStatic();
  const [, how, model = '', dims] = /^([^:]*):(.*):(\d+)$/.exec(name) ?? [];
  if (own) return undefined;
  if (options.embedder === 'http' && how === options.embedStyle)
    return openHttp({ ...options, embedModel: model, embedDims: options.embedDims > 0 ? Number(dims) : 0 });
  if (options.embedder === 'transformers' && `${how}:` === TRANSFORMERS)
    return openTransformers({ ...options, embedModel: model });
  return undefined;
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
