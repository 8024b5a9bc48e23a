import { EngineError } from '../errors.js';

/** An encoding that tiktoken has. */
export type Encoding = 'o200k_base' | 'cl100k_base';

/** What is known about a model. Limits are in tokens; `factor` is 1 where the encoding is the model's own. */
export type Model = {
  readonly context_limit: number;
  readonly max_output: number;
  readonly encoding: Encoding;
  /** What a count is multiplied by so that it is hardly ever below the count of the model's own tokenizer. */
  readonly factor: number;
};

export type Limits = Pick<Model, 'context_limit' | 'max_output'>;

export type ModelOptions = {
  /** Limits of a model that is not named or not in the table. */
  readonly defaults: Limits;
  /** `name=context_limit/max_output`, which beat the table. */
  readonly overrides: readonly string[];
};

/**
 * What is known about a model by its name, whatever provider's prefix it carries. Without a name: o200k_base and the
 * default limits. A name that is not in the table: the same limits, and the safety factor of a tokenizer we lack.
 */
export function modelNamed(name: string | null | undefined, { defaults, overrides }: ModelOptions): Model {
  if (!name) return { ...defaults, encoding: 'o200k_base', factor: 1 };
  const bare = bareName(name);
  const { model, ...known } = TABLE.find(({ model }) => model.test(bare)) ?? { model: undefined };
  const { encoding = 'o200k_base', factor = UNKNOWN, ...limits } = { ...defaults, ...known };
  return { ...limits, ...overridden(bare, overrides), encoding, factor };
}

/** A name for how tokens were counted: two counts may be added when they have the same. */
export const tokenizerOf = ({ encoding, factor }: Pick<Model, 'encoding' | 'factor'>): string =>
  factor === 1 ? encoding : `${encoding}*${factor}`;

const OVERRIDE = /^([^=]+)=(\d{3,9})\/(\d{1,9})$/;

function overridden(bare: string, overrides: readonly string[]): Partial<Limits> {
  for (const override of overrides) {
    const [, name = '', limit, output] = OVERRIDE.exec(override) ?? [];
    if (limit === undefined)
      throw new EngineError(
        'invalid',
        `The option models has "${override}".`,
        'Write it as name=context_limit/max_output, such as my-model=32000/4000.',
      );
    if (bareName(name) === bare) return { context_limit: Number(limit), max_output: Number(output) };
  }
  return {};
}

/** `anthropic/claude-…`, `us.anthropic.claude-…`, `models/gemini-…` and `ft:gpt-4o:…` are the models they are made of. */
const bareName = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/^ft:/, '')
    .replace(/^.*\//, '')
    .replace(/^(?:[a-z]{2,6}\.)?(?:anthropic|google|openai)\./, '');

/**
 * Measured as own count ÷ o200k_base over passages of 1,000 characters of English chat, TypeScript, Markdown, JSON and
 * schemas. Claude 2's published tokenizer: median 1.02–1.13, 99 % below 1.22. Later Claudes publish none and cut finer,
 * so the factor is above that. Gemini's: median 1.07–1.20, 99 % below 1.26, most 1.28. Claude 2 cut other
 * scripts much finer (Chinese 1.2, Korean 1.6, Arabic 2.5, Thai 4): there a count for Claude may be too low.
 */
const CLAUDE = 1.35;
const GEMINI = 1.3;
const UNKNOWN = 1.35;

type Row = Limits & {
  readonly model: RegExp;
  readonly encoding?: Encoding;
  readonly factor?: number;
};

const row = (
  model: RegExp,
  limits: readonly [context: number, output: number],
  rest: Omit<Row, 'model' | keyof Limits> = { factor: 1 },
): Row => ({ model, context_limit: limits[0], max_output: limits[1], ...rest });

const own = { factor: 1 } as const;
const cl100k = { factor: 1, encoding: 'cl100k_base' } as const;
const claude = { factor: CLAUDE } as const;
const gemini = { factor: GEMINI } as const;

/** As the makers publish them; the first that fits. Where a limit depends on the plan, the smaller one. */
const TABLE: readonly Row[] = [
  row(/^gpt-5.*chat/, [128_000, 16_384], own),
  row(/^gpt-5/, [400_000, 128_000], own),
  row(/^gpt-4\.1/, [1_047_576, 32_768], own),
  row(/^(?:chatgpt|gpt)-4o|^gpt-4\.5/, [128_000, 16_384], own),
  row(/^o1-(?:mini|preview)/, [128_000, 32_768], own),
  row(/^o[1-4](?:-|$)/, [200_000, 100_000], own),
  row(/^gpt-oss/, [131_072, 32_768], own),
  row(/^gpt-4-(?:turbo|0125|1106|vision)/, [128_000, 4_096], cl100k),
  row(/^gpt-4-32k/, [32_768, 8_192], cl100k),
  row(/^gpt-4(?:-|$)/, [8_192, 2_048], cl100k),
  row(/^gpt-3\.5/, [16_385, 4_096], cl100k),
  row(
    /^claude-(?:opus-4-[5-9]|sonnet-4|haiku-4|sonnet-[5-9]|opus-[5-9]|haiku-[5-9])/,
    [200_000, 64_000],
    claude,
  ),
  row(/^claude-(?:opus-4|4-opus)/, [200_000, 32_000], claude),
  row(/^claude-3-7/, [200_000, 64_000], claude),
  row(/^claude-3-5/, [200_000, 8_192], claude),
  row(/^claude-3/, [200_000, 4_096], claude),
  row(/^claude/, [200_000, 8_192], claude),
  row(/^gemini-(?:2\.5|[3-9])/, [1_048_576, 65_536], gemini),
  row(/^gemini-1\.5-pro/, [2_097_152, 8_192], gemini),
  row(/^gemini/, [1_048_576, 8_192], gemini),
];
