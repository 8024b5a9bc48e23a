import { API_KEY, MODEL_NAME } from './endpoint.js';
import type { Option } from './option.js';

/** Who writes summaries and drafts where the caller has not, and when. */
export const writerOptions = {
  writer: {
    kind: 'enum',
    default: 'none',
    values: ['none', 'http', 'sampling'],
    description: "The model that writes summaries and drafts: none, that at writerUrl, or the client's.",
  },
  writerUrl: {
    kind: 'text',
    default: undefined,
    defaultText: 'none',
    pattern: /^https?:\/\/[^\s@]{1,500}$/,
    form: 'an http:// or https:// address without a name or password in it',
    hidden: true,
    description: 'Where its API begins, for example http://127.0.0.1:11434/v1.',
  },
  writerModel: {
    ...MODEL_NAME,
    description: 'What the model is called there; its limits are those of models.',
  },
  writerKey: API_KEY,
  writerStyle: {
    kind: 'enum',
    default: 'openai',
    values: ['openai', 'anthropic'],
    description: 'Which API: OpenAI-compatible chat completions or Anthropic messages.',
  },
  writerTimeoutMs: {
    kind: 'integer',
    default: 45_000,
    min: 10,
    max: 3_600_000,
    description: 'How long one summary or draft may take, everything included.',
  },
  writerCallsPerHour: {
    kind: 'integer',
    default: 60,
    min: 0,
    max: 1_000_000,
    description: 'How often the model may be asked, by all processes on a file together.',
  },
  softThreshold: {
    kind: 'number',
    default: 0.6,
    min: 0.1,
    max: 1,
    description: 'Share of a context from which it is compacted after the reply.',
  },
} as const satisfies Record<string, Option>;
