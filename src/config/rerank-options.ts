import { API_KEY, MODEL_NAME } from './endpoint.js';
import type { Option } from './option.js';

/** What reads the best hits again, and how it is asked. Without an address nothing is. */
export const rerankOptions = {
  rerankUrl: {
    kind: 'text',
    default: undefined,
    defaultText: 'none',
    pattern: /^https?:\/\/[^\s@?#]{1,500}$/,
    form: 'an http:// or https:// address without a name, password or query in it',
    hidden: true,
    description: 'Where a model that reranks hits is, for example https://api.jina.ai/v1.',
  },
  rerankModel: { ...MODEL_NAME, description: 'What the model is called there.' },
  rerankKey: API_KEY,
  rerankCandidates: {
    kind: 'integer',
    default: 50,
    min: 2,
    max: 200,
    description: 'How many of the best hits are reranked; later ones follow as they were.',
  },
  rerankTimeoutMs: {
    kind: 'integer',
    default: 3000,
    min: 10,
    max: 60_000,
    description: 'How long a search waits for it, everything included, before the order stays.',
  },
} as const satisfies Record<string, Option>;
