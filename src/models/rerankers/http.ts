import * as z from 'zod';
import type { Config } from '../../config/load.js';
import { EngineError } from '../../errors.js';
import { postJson } from '../post.js';
import type { Reranker } from '../reranker.js';

/** The endpoint an operator configured. Only its host is ever shown; the key is sent and kept nowhere. */
export function configuredReranker({
  rerankUrl,
  rerankModel: model,
  rerankKey: key,
}: Pick<Config, 'rerankUrl' | 'rerankModel' | 'rerankKey'>): Reranker | undefined {
  if (rerankUrl === undefined || model === undefined) return undefined;
  const base = rerankUrl.replace(/\/+$/, '');
  const url = base.endsWith('/rerank') ? base : `${base}/rerank`;
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return {
    // What limits the results is called top_n by some and top_k by others; all score every document without it.
    rerank: async ({ query, texts, signal }) =>
      inOrder(await postJson({ url, headers, body: { model, query, documents: texts } }, { signal }), texts),
  };
}

const Results = z.array(z.object({ index: z.int().nonnegative(), relevance_score: z.number() }));
/** Cohere, Jina, vLLM and llama.cpp say `results`; Voyage says `data`. */
const Answer = z
  .union([z.object({ results: Results }), z.object({ data: Results })])
  .transform(answer => ('results' in answer ? answer.results : answer.data));

/** Each text has one score, in whatever order they came; anything else is no answer to what was asked. */
function inOrder(answer: unknown, texts: readonly string[]): number[] {
  const results = Answer.safeParse(answer).data ?? [];
  const scores = new Map(results.map(({ index, relevance_score }) => [index, relevance_score]));
  const ordered = texts.flatMap((_, index) => scores.get(index) ?? []);
  if (ordered.length === texts.length && results.length === texts.length) return ordered;
  throw new EngineError(
    'unavailable',
    'The reranker did not give each text one score.',
    'Check rerankUrl and rerankModel.',
  );
}
