import * as z from 'zod';
import { EngineError } from '../errors.js';
import { GivenMessage, type Message, ROLES } from '../schema/message.js';
import type { MessageCounter } from '../session/count.js';
import { AnthropicShape, fromAnthropic } from '../session/from-anthropic.js';
import { fromOpenAI, OpenAIShape } from '../session/from-openai.js';

/**
 * Messages of a call as messages, each in plain, OpenAI or Anthropic shape. One without an id is named for its place,
 * `m1` and on; of one that becomes several, `m1.1` and on. Throws `invalid`, which names the first that is wrong.
 */
export const givenMessages = (
  given: readonly unknown[],
  { count }: Pick<MessageCounter, 'count'>,
): Message[] =>
  given
    .flatMap((message, at) => named(readOne(message, at), at))
    .map(({ id, content, parts: all, role, name, timestamp }, at) => {
      const parts = all ?? (content === undefined ? [] : [{ type: 'text' as const, text: content }]);
      return { id, sequence: at + 1, role, parts, name, timestamp, tokens: count({ name, parts }) };
    });

type Named = GivenMessage & { readonly id: string };

const named = (messages: readonly GivenMessage[], at: number): Named[] =>
  messages.map((message, part) => ({
    ...message,
    id: message.id ?? (messages.length === 1 ? `m${at + 1}` : `m${at + 1}.${part + 1}`),
  }));

function readOne(message: unknown, at: number): GivenMessage[] {
  try {
    const read = isPlain(message) ? [message] : isAnthropic(message) ? anthropic(message) : openAI(message);
    const parsed = z.array(GivenMessage).parse(read);
    if (parsed.some(tooDeep)) throw new TypeError(`arguments nested deeper than ${DEEPEST} levels`);
    return parsed;
  } catch (error) {
    if (!(error instanceof z.ZodError) && !(error instanceof TypeError)) throw error;
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const problem = issue
      ? [issue.path.slice(1).join('.'), issue.message].filter(Boolean).join(': ')
      : error.message;
    throw new EngineError(
      'invalid',
      `messages[${at}] is no message in plain, OpenAI or Anthropic shape: ${problem}.`,
      `Give a role of ${ROLES.join(', ')} and content or parts, as session_append takes them.`,
    );
  }
}

const anthropic = (message: unknown): GivenMessage[] =>
  fromAnthropic({ messages: [AnthropicShape.parse(message)] });
const openAI = (message: unknown): GivenMessage[] => fromOpenAI([OpenAIShape.parse(message)]);

const Plain = z.looseObject({ parts: z.array(z.unknown()) });
const PlainText = GivenMessage.omit({ parts: true }).required({ content: true });
const isPlain = (message: unknown): boolean =>
  Plain.safeParse(message).success || PlainText.safeParse(message).success;

/** Blocks that OpenAI has none of; a message of texts alone reads the same either way. */
const BLOCKS = /^(?:.*tool_use|.*tool_result|thinking|redacted_thinking|image|document)$/;
const Blocks = z.looseObject({ content: z.array(z.looseObject({ type: z.string() })) });
const isAnthropic = (message: unknown): boolean => {
  const parsed = Blocks.safeParse(message);
  return parsed.success && parsed.data.content.some(({ type }) => BLOCKS.test(type));
};

const DEEPEST = 100;

/** JSON cannot be written of what is nested some thousand levels. */
const tooDeep = ({ parts = [] }: GivenMessage): boolean =>
  parts.some(part => part.type === 'tool_call' && deeper(part.arguments, DEEPEST));

const deeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some(inner => deeper(inner, levels - 1)));
