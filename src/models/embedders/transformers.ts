import { EngineError, reasonOf } from '../../errors.js';
import type { Embedder } from '../embedder.js';
import type { EmbedderOptions } from '../open.js';

/** What is used of @huggingface/transformers 3. */
type Transformers = {
  pipeline(task: 'feature-extraction', model: string): Promise<Extract>;
};
type Extract = (
  texts: string[],
  options: { pooling: 'mean'; normalize: boolean },
) => Promise<{ readonly dims: readonly number[]; readonly data: Float32Array }>;

/** Not a dependency: it and the models it downloads weigh hundreds of megabytes. */
const PACKAGE = '@huggingface/transformers';

/** A local model, loaded by the optional package @huggingface/transformers. Throws `unavailable` without it. */
export async function openTransformers({
  embedModel = '',
}: Pick<EmbedderOptions, 'embedModel'>): Promise<Embedder> {
  const { pipeline } = await load();
  const extract = await pipeline('feature-extraction', embedModel).catch(error => {
    throw unavailable(`The model "${embedModel}" could not be loaded: ${reasonOf(error)}`);
  });
  const vectors = async (texts: readonly string[]): Promise<Float32Array[]> => {
    const { dims, data } = await extract([...texts], { pooling: 'mean', normalize: true });
    const width = dims.at(-1) ?? 0;
    return texts.map((_, index) => data.slice(index * width, (index + 1) * width));
  };
  const dims = (await vectors(['dimensions']))[0]?.length ?? 0;
  return { name: `transformers:${embedModel}:${dims}`, dims, embed: vectors };
}

async function load(): Promise<Transformers> {
  try {
    const loaded: Transformers = await import(PACKAGE);
    return loaded;
  } catch (error) {
    throw unavailable(`The embedder "transformers" needs the package ${PACKAGE}: ${reasonOf(error)}`);
  }
}

const unavailable = (message: string): EngineError =>
  new EngineError(
    'unavailable',
    message,
    `Run \`npm install ${PACKAGE}\` beside mintmark, or set --embedder to another one.`,
  );
