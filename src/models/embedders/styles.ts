import * as z from 'zod';
import type { EmbeddingKind } from '../embedder.js';

export type Asked = {
  readonly texts: readonly string[];
  readonly kind: EmbeddingKind;
  readonly model: string;
  /** 0 for what the model gives. */
  readonly dims: number;
};

type Style = {
  /** What follows the base URL. */
  readonly path: string;
  body(asked: Asked): Record<string, unknown>;
  /** In the order of the texts; undefined for a reply of another shape or with another number of vectors. */
  vectors(reply: unknown, count: number): Float32Array[] | undefined;
};

// NaN is no JSON, but null and text stand for it in replies seen in practice; the index refuses them as not finite.
const Numbers = z
  .array(z.unknown())
  .transform(values => Float32Array.from(values, value => (typeof value === 'number' ? value : Number.NaN)));
const Listed = z.object({ data: z.array(z.object({ index: z.int().optional(), embedding: Numbers })) });
const Typed = z.object({ embeddings: z.union([z.object({ float: z.array(Numbers) }), z.array(Numbers)]) });

/** How the endpoints of the wire formats are asked. Sources: the API references of OpenAI, Cohere (v2) and Voyage. */
export const STYLES: Readonly<Record<'openai' | 'cohere' | 'voyage', Style>> = {
  openai: {
    path: '/embeddings',
    body: ({ texts, model, dims }) => ({
      model,
      input: texts,
      encoding_format: 'float',
      ...(dims > 0 && { dimensions: dims }),
    }),
    vectors: listed,
  },
  cohere: {
    path: '/embed',
    body: ({ texts, kind, model, dims }) => ({
      model,
      texts,
      input_type: kind === 'query' ? 'search_query' : 'search_document',
      embedding_types: ['float'],
      ...(dims > 0 && { output_dimension: dims }),
    }),
    vectors: (reply, count) => {
      const parsed = Typed.safeParse(reply);
      if (!parsed.success) return undefined;
      const { embeddings } = parsed.data;
      return counted('float' in embeddings ? embeddings.float : embeddings, count);
    },
  },
  voyage: {
    path: '/embeddings',
    body: ({ texts, kind, model, dims }) => ({
      model,
      input: texts,
      input_type: kind === 'query' ? 'query' : 'document',
      ...(dims > 0 && { output_dimension: dims }),
    }),
    vectors: listed,
  },
};

function listed(reply: unknown, count: number): Float32Array[] | undefined {
  const parsed = Listed.safeParse(reply);
  if (!parsed.success) return undefined;
  const ordered = parsed.data.data.map(({ index, embedding }, at) => ({ at: index ?? at, embedding }));
  ordered.sort((left, right) => left.at - right.at);
  return counted(
    ordered.map(({ embedding }) => embedding),
    count,
  );
}

const counted = (vectors: Float32Array[], count: number): Float32Array[] | undefined =>
  vectors.length === count ? vectors : undefined;
