import type { Embedder } from '../../src/engine.js';

/** Each word has a direction of its own, so that texts are near when they share words; it counts what it is given. */
export function wordEmbedder({ dims = 32, name = 'words' }: { dims?: number; name?: string } = {}) {
  const embedded: string[] = [];
  const asked: string[] = [];
  const embedder: Embedder = {
    name,
    dims,
    async embed(texts, { kind }) {
      (kind === 'query' ? asked : embedded).push(...texts);
      return texts.map(text => vectorOf(text, dims));
    },
  };
  return { ...embedder, embedded, asked };
}

export function vectorOf(text: string, dims: number): Float32Array {
  const vector = new Float32Array(dims);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    let state = 2166136261;
    for (const char of word) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 16777619);
    for (let dim = 0; dim < dims; dim += 1) {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + dim;
      vector[dim] = (vector[dim] ?? 0) + ((state >>> 8) % 2001) / 1000 - 1;
    }
  }
  return vector;
}

/** Knows a few words and which of them mean the same; a text's vector is the sum of its words' meanings. */
export function meaningEmbedder(...concepts: readonly (readonly string[])[]): Embedder {
  return {
    name: 'meaning',
    dims: concepts.length,
    embed: async texts =>
      texts.map(text => {
        const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
        return Float32Array.from(concepts, same => words.filter(word => same.includes(word)).length);
      }),
  };
}
