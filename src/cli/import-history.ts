import * as z from 'zod';
import { reasonOf } from '../errors.js';
import type { GivenMessage } from '../schema/message.js';
import { AnthropicShape, fromAnthropic } from '../session/from-anthropic.js';
import { ClaudeCodeLine, fromClaudeCode, isClaudeCode } from '../session/from-claude-code.js';
import { fromOpenAI, OpenAIShape } from '../session/from-openai.js';
import { checkMessage } from '../session/given.js';
import { sha256 } from '../text/hash.js';
import { isRecord, jsonIn } from '../text/json.js';
import { type Line, linesOf, noJson, problemOf, refused } from './import-file.js';

/** One session of a file, under the name that makes importing it again harmless. */
export type Conversation = {
  readonly external_id: string;
  readonly model: string | undefined;
  readonly messages: readonly GivenMessage[];
};

export type History = {
  readonly format: 'claude-code' | 'openai' | 'anthropic' | 'chatgpt' | 'claude.ai';
  readonly conversations: readonly Conversation[];
  /** How many lines or messages are not part of a conversation, by type or reason. */
  readonly leftOut: Readonly<Record<string, number>>;
};

/**
 * A history of messages: a Claude Code transcript, or a JSON document or lines of OpenAI's or Anthropic's shape.
 * Undefined when the text begins none of these. Throws `invalid`, which names the first bad place.
 */
export function readHistory(text: string): History | undefined {
  const start = text.trimStart();
  const first = jsonIn(start.slice(0, indexOrEnd(start, '\n')));
  if (first === undefined) return /^[[{]/.test(start) ? ofDocument(documentIn(text), text) : undefined;
  if (isClaudeCode(first)) return ofClaudeCode(linesOf(text));
  if (holdsMessages(first)) return ofDocuments(linesOf(text), text);
  return Roles.safeParse(first).success ? ofMessages(linesOf(text), text) : undefined;
}

/** A list of messages, or an object with one. */
const holdsMessages = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.some(message => isRecord(message) && 'role' in message)
    : Messages.safeParse(value).success;

const Messages = z.looseObject({ messages: z.array(z.unknown()) });
const Roles = z.looseObject({ role: z.string(), content: z.unknown() });
const Document = z.looseObject({
  system: z.union([z.string(), z.array(z.looseObject({ text: z.string() }))]).optional(),
  messages: z.array(z.unknown()),
});

function ofClaudeCode(lines: readonly Line[]): History {
  const conversations = new Map<string, GivenMessage[]>();
  const leftOut: Record<string, number> = {};
  for (const { place, value } of lines) {
    const line = ClaudeCodeLine.safeParse(value);
    if (!line.success) throw refused(place, problemOf(line.error));
    const found = mapped(place, () => fromClaudeCode(line.data));
    if (!found) leftOut[line.data.type] = (leftOut[line.data.type] ?? 0) + 1;
    else {
      const messages = conversations.get(found.conversation) ?? [];
      messages.push(...found.messages.map(message => checked(message, place)));
      conversations.set(found.conversation, messages);
    }
  }
  return {
    format: 'claude-code',
    conversations: [...conversations].map(([name, messages]) => ({
      external_id: `claude-code:${name}`,
      model: modelIn(messages),
      messages,
    })),
    leftOut,
  };
}

const Written = z.looseObject({
  claude_code: z.looseObject({ message: z.looseObject({ model: z.string() }) }),
});

/** The model that wrote last; hosts write notices of their own under a name in angle brackets. */
function modelIn(messages: readonly GivenMessage[]): string | undefined {
  const models = messages.flatMap(({ metadata }) => {
    const written = Written.safeParse(metadata);
    return written.success ? written.data.claude_code.message.model : [];
  });
  return models.findLast(model => !model.startsWith('<'));
}

const ofDocument = (document: unknown, text: string): History | undefined =>
  holdsMessages(document) ? ofDocuments([{ place: '', value: document }], text) : undefined;

function ofDocuments(documents: readonly Line[], text: string): History {
  const histories = documents.map(({ place, value }) => {
    const document = Document.safeParse(Array.isArray(value) ? { messages: value } : value);
    if (!document.success) throw refused(place || 'the document', problemOf(document.error));
    const { system, messages } = document.data;
    const within = place && `${place}, `;
    return shaped(
      messages.map((message, index) => ({ place: `${within}message ${index + 1}`, value: message })),
      system,
    );
  });
  const name = nameOf(text);
  return {
    format: histories.some(({ format }) => format === 'anthropic') ? 'anthropic' : 'openai',
    conversations: histories.map(({ messages }, index) => ({
      external_id: index === 0 ? name : `${name}/${index + 1}`,
      model: undefined,
      messages,
    })),
    leftOut: {},
  };
}

function ofMessages(lines: readonly Line[], text: string): History {
  const { format, messages } = shaped(lines, undefined);
  return {
    format,
    conversations: [{ external_id: nameOf(text), model: undefined, messages }],
    leftOut: {},
  };
}

const nameOf = (text: string): string => `import:${sha256(text).slice(0, 32)}`;

type Shaped = { readonly format: 'openai' | 'anthropic'; readonly messages: GivenMessage[] };

/** Each message under the number it has in the file, so that the file can be imported again. */
function shaped(given: readonly Line[], system: z.output<typeof Document>['system']): Shaped {
  const anthropic = system !== undefined || given.some(({ value }) => ANTHROPIC.test(JSON.stringify(value)));
  const told = mapped('system', () => fromAnthropic({ system, messages: [] }));
  const messages = given.flatMap(({ place, value }) => {
    const found = mapped(place, () =>
      anthropic
        ? fromAnthropic({ messages: [AnthropicShape.parse(value)] })
        : fromOpenAI([OpenAIShape.parse(value)]),
    );
    return found.map(message => ({ place, message }));
  });
  return {
    format: anthropic ? 'anthropic' : 'openai',
    messages: [...told.map(message => ({ place: 'system', message })), ...messages].map(
      ({ place, message }, index) => checked({ ...message, id: String(index + 1) }, place),
    ),
  };
}

/** Blocks that only Anthropic has. */
const ANTHROPIC =
  /"type":"(?:tool_use|tool_result|thinking|redacted_thinking|server_tool_use|image|document)"/;

/** The message, if it can be kept. Throws `invalid`, which names the place. */
export function checked(message: GivenMessage, place: string): GivenMessage {
  const found = checkMessage(message, place);
  if ('problems' in found)
    throw refused(place, found.problems.map(problem => problem.replace(/^[^:]*?: /, '')).join('; '));
  return message;
}

/** What `map` makes of the place; what it throws of a shape as `invalid`. */
export function mapped<T>(place: string, map: () => T): T {
  try {
    return map();
  } catch (error) {
    if (error instanceof z.ZodError) throw refused(place, problemOf(error));
    if (error instanceof TypeError) throw refused(place, `it has ${error.message}`);
    throw error;
  }
}

function documentIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = Number(/position (\d+)/.exec(reasonOf(error))?.[1] ?? text.length);
    throw noJson(`line ${text.slice(0, position).split('\n').length}`);
  }
}

const indexOrEnd = (text: string, part: string): number => {
  const at = text.indexOf(part);
  return at < 0 ? text.length : at;
};
