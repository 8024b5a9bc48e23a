import type { Part } from '../schema/message.js';
import { encodingCounter } from '../text/encodings.js';
import { type Model, tokenizerOf } from '../text/models.js';
import type { CountTokens } from '../text/tokens.js';
import { callText } from './render.js';

/** What is counted of a message. */
export type Countable = { readonly name?: string | undefined; readonly parts: readonly Part[] };

export type MessageCounter = {
  /** Which counts may be added; stored beside each. */
  readonly tokenizer: string;
  /** True where the model's own tokenizer is not at hand, so that a safety factor stands in. */
  readonly approximate: boolean;
  /** Tokens of a message, framing included. */
  count(message: Countable): number;
};

/** The tokens of some that were counted, together. */
export const tokensOf = (counted: readonly { readonly tokens: number }[]): number =>
  counted.reduce((sum, { tokens }) => sum + tokens, 0);

/** Role and framing. One more than OpenAI documents, so that a count is never short. */
const MESSAGE = 4;
const NAME = 1;
/** What a further part costs beyond its text: how texts are joined; the block, its type and its fields. */
const TEXT = 2;
const BLOCK = 8;

/** Loads the encoding of a model and counts messages with it. */
export async function messageCounter(model: Pick<Model, 'encoding' | 'factor'>): Promise<MessageCounter> {
  const count = await encodingCounter(model.encoding);
  return {
    tokenizer: tokenizerOf(model),
    approximate: model.factor !== 1,
    count: message => Math.ceil(messageTokens(message, count) * model.factor),
  };
}

/** Tokens of a message in any of the output shapes. A single text part is its text and the overhead of the message. */
function messageTokens({ name, parts }: Countable, count: CountTokens): number {
  const named = name === undefined ? 0 : NAME + count(name);
  return parts.reduce(
    (sum, part, at) =>
      sum + partTokens(part, count) + (part.type === 'text' && at === 0 ? 0 : overhead(part)),
    MESSAGE + named,
  );
}

const overhead = ({ type }: Part): number => (type === 'text' ? TEXT : BLOCK);

function partTokens(part: Part, count: CountTokens): number {
  const counted = (...texts: readonly (string | undefined)[]) =>
    texts.reduce((sum, text) => sum + (text ? count(text) : 0), 0);
  switch (part.type) {
    case 'text':
      return counted(part.text);
    case 'reasoning':
      return counted(part.text, part.signature);
    case 'tool_call':
      return counted(part.call_id, part.name, callText(part));
    case 'tool_result':
      return counted(part.call_id, part.name, part.output);
    case 'file_ref':
      return counted(part.uri, part.name, part.mime, part.outline);
    case 'patch':
      return counted(part.path, part.diff);
  }
}
