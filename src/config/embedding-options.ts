import type { Option } from './option.js';

/** What makes vectors, and how it is asked. */
export const embeddingOptions = {
  embedder: {
    kind: 'enum',
    default: 'none',
    values: ['http', 'transformers', 'none'],
    description: 'What makes vectors for search by meaning: an endpoint, a local model, or nothing.',
  },
  embedUrl: {
    kind: 'text',
    default: undefined,
    defaultText: 'none',
    pattern: /^https?:\/\/\S+$/,
    form: 'an http:// or https:// URL',
    description: 'http: the endpoint, such as http://127.0.0.1:11434/v1/embeddings.',
  },
  embedModel: {
    kind: 'text',
    default: undefined,
    defaultText: 'none',
    pattern: /^[^\p{Cc}]{1,200}$/u,
    form: 'the name of a model',
    description: 'http, transformers: the model.',
  },
  embedKey: {
    kind: 'text',
    default: undefined,
    defaultText: 'none',
    pattern: /^[!-~]+$/,
    form: 'a key without spaces',
    hidden: true,
    description: 'http: sent as a bearer token, shown nowhere.',
  },
  embedStyle: {
    kind: 'enum',
    default: 'openai',
    values: ['openai', 'cohere', 'voyage'],
    description: 'http: how requests and replies look.',
  },
  embedDims: {
    kind: 'integer',
    default: 0,
    min: 0,
    max: 16_384,
    description: 'http: dimensions to ask for; 0 takes what the model gives.',
  },
  embedBatch: {
    kind: 'integer',
    default: 64,
    min: 1,
    max: 2048,
    description: 'Texts embedded at a time.',
  },
  embedTimeoutMs: {
    kind: 'integer',
    default: 30_000,
    min: 10,
    max: 600_000,
    description: 'http: how long one request may take.',
  },
  embedRetryMs: {
    kind: 'integer',
    default: 1000,
    min: 1,
    max: 600_000,
    description: 'Pause after a first failure; each further one doubles it, up to five minutes.',
  },
} as const satisfies Record<string, Option>;
