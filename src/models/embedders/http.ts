import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError, reasonOf } from '../../errors.js';
import { sha256 } from '../../text/hash.js';
import type { Embedder, EmbedOptions } from '../embedder.js';
import type { EmbedderOptions } from '../open.js';
import { codeOf, isPassing, post, type Refusal } from '../post.js';
import { STYLES } from './styles.js';

type HttpOptions = Pick<
  EmbedderOptions,
  'embedUrl' | 'embedModel' | 'embedKey' | 'embedStyle' | 'embedDims' | 'embedTimeoutMs' | 'embedRetryMs'
>;

const ATTEMPTS = 3;
const LONGEST_PAUSE_MS = 30_000;
/** Vectors remembered by the hash of their text, so that a repeated query costs nothing. */
const REMEMBERED = 2000;
/** A text that every model takes, to learn its dimensions and whether it works at all. */
const CONTROL = 'dimensions';

/** An embedding endpoint, asked once for its dimensions. Throws `unavailable` or `unauthorized` when it does not answer. */
export async function openHttp(options: HttpOptions): Promise<Embedder> {
  const endpoint = new Endpoint(options);
  const [probe] = await endpoint.request([CONTROL], { kind: 'passage' });
  const dims = probe?.length ?? 0;
  if (dims === 0) throw unavailable(`${endpoint.host} gave an empty vector.`);
  const remembered = new Map<string, Float32Array>();
  return {
    name: `${options.embedStyle}:${options.embedModel}:${dims}`,
    dims,
    async embed(texts, embedding) {
      const keys = texts.map(text => sha256(`${embedding.kind} ${text}`));
      const unknown = new Map(
        keys.flatMap((key, index) => (remembered.has(key) ? [] : [[key, texts[index] ?? '']])),
      );
      const known = new Map(keys.flatMap(key => entry(remembered, key)));
      if (unknown.size > 0) {
        const vectors = await endpoint.request([...unknown.values()], embedding);
        for (const [index, key] of [...unknown.keys()].entries())
          for (const vector of vectors.slice(index, index + 1)) known.set(key, vector);
      }
      remember(remembered, known, dims);
      return keys.map(key => known.get(key) ?? new Float32Array(dims));
    },
  };
}

const entry = (map: ReadonlyMap<string, Float32Array>, key: string): [string, Float32Array][] => {
  const vector = map.get(key);
  return vector ? [[key, vector]] : [];
};

/** The newest last; what is unsound is asked for again. */
function remember(
  remembered: Map<string, Float32Array>,
  known: ReadonlyMap<string, Float32Array>,
  dims: number,
): void {
  for (const [key, vector] of known) {
    if (vector.length !== dims || !vector.every(Number.isFinite)) continue;
    remembered.delete(key);
    remembered.set(key, vector);
  }
  for (const key of remembered.keys()) {
    if (remembered.size <= REMEMBERED) return;
    remembered.delete(key);
  }
}

class Endpoint {
  /** All that is ever shown of the URL, which may hold a password. */
  readonly host: string;
  readonly #url: URL;
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#url = new URL(options.embedUrl ?? '');
    this.host = this.#url.host;
    const { path } = STYLES[options.embedStyle];
    const { pathname } = this.#url;
    if (!/\/embed(dings)?\/?$/.test(pathname)) this.#url.pathname = `${pathname.replace(/\/$/, '')}${path}`;
  }

  /** Vectors in the order of the texts, as the endpoint gave them. Overload and faults are tried again a few times. */
  async request(texts: readonly string[], { kind, signal }: EmbedOptions): Promise<Float32Array[]> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#attempt(texts, { kind, signal });
      if ('vectors' in answer) return answer.vectors;
      if (attempt === ATTEMPTS || !answer.passing) return this.#refused(answer, texts, { kind, signal });
      const pause = answer.retryAfterMs ?? this.#options.embedRetryMs * 2 ** (attempt - 1);
      await sleep(Math.min(pause, LONGEST_PAUSE_MS) * (1 + Math.random() / 4), undefined, {
        signal,
        ref: false,
      });
    }
  }

  async #attempt(texts: readonly string[], { kind, signal }: EmbedOptions): Promise<Answer> {
    const { embedStyle, embedModel, embedDims, embedKey, embedTimeoutMs } = this.#options;
    const style = STYLES[embedStyle];
    const timeout = AbortSignal.timeout(embedTimeoutMs);
    const reply = await post({
      url: this.#url.href,
      headers: embedKey ? { authorization: `Bearer ${embedKey}` } : {},
      text: JSON.stringify(style.body({ texts, kind, model: embedModel ?? '', dims: embedDims })),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    if ('status' in reply) return refused(this.host, reply);
    if ('json' in reply) {
      const vectors = style.vectors(reply.json, texts.length);
      return vectors ? { vectors } : passing(`${this.host} gave another reply than ${embedStyle} does.`);
    }
    signal?.throwIfAborted();
    if (timeout.aborted) return passing(`${this.host} did not answer within ${embedTimeoutMs} ms.`);
    return passing(`${this.host} could not be asked: ${causeOf(reply.error)}.`);
  }

  /** A refused text is only its own fault when the endpoint takes another, and then still not this one. */
  async #refused(
    { error }: Failed,
    texts: readonly string[],
    options: EmbedOptions,
  ): Promise<Float32Array[]> {
    if (error.code !== 'invalid' || texts.length > 1) throw error;
    const control = await this.#attempt([CONTROL], { ...options, kind: 'passage' });
    if (!('vectors' in control)) throw unavailable(error.message);
    const again = await this.#attempt(texts, options);
    if ('vectors' in again) return again.vectors;
    throw again.error;
  }
}

/** `passing`: it may be well a moment later. */
type Failed = {
  readonly passing: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly error: EngineError;
};
type Answer = { readonly vectors: Float32Array[] } | Failed;

const passing = (message: string): Failed => ({ passing: true, error: unavailable(message) });

function refused(host: string, { status, after }: Refusal): Failed {
  const said = `${host} answered ${status}`;
  if (status === 401 || status === 403)
    return {
      passing: false,
      error: new EngineError(
        'unauthorized',
        `${said}.`,
        'Check --embed-key (MINTMARK_EMBED_KEY) and what it may use.',
      ),
    };
  if (status === 400 || status === 413 || status === 422)
    return {
      passing: false,
      error: new EngineError('invalid', `${said} to a text.`, 'Check --embed-model; the text has no vector.'),
    };
  return { passing: isPassing(status), retryAfterMs: after, error: unavailable(`${said}.`) };
}

const unavailable = (message: string): EngineError =>
  new EngineError(
    'unavailable',
    message,
    'Check --embed-url, --embed-model and whether the endpoint runs; what is pending is tried again.',
  );

function causeOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'its reply is no JSON';
  return codeOf(error) ?? reasonOf(error);
}
