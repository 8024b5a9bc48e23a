import * as z from 'zod';
import { EngineError } from '../../errors.js';
import type { Writer, Writing } from '../../schema/writer.js';
import { postJson } from '../post.js';

export type HttpWriterOptions = {
  /** Where the API begins, `http://127.0.0.1:11434/v1` for example. */
  readonly url: string;
  readonly model: string;
  readonly key: string | undefined;
  /** `openai`: chat completions, which most servers speak; `anthropic`: messages. */
  readonly style: 'openai' | 'anthropic';
};

/** A model behind an HTTP endpoint. Only its name is ever shown; the key is sent and kept nowhere. */
export function httpWriter({ url, model, key, style }: HttpWriterOptions): Writer {
  const base = url.replace(/\/+$/, '');
  const { path, headers, body, textOf } = style === 'openai' ? openai(base) : ANTHROPIC;
  return {
    name: `http ${model}`,
    write: async ({ signal, ...asked }) => {
      const sent = { url: `${base}${path}`, headers: headers(key), body: { model, ...body(asked) } };
      return textOf(await postJson(sent, { signal }));
    },
  };
}

type Style = {
  readonly path: string;
  headers(key: string | undefined): Readonly<Record<string, string>>;
  body(asked: Omit<Writing, 'signal'>): Readonly<Record<string, unknown>>;
  textOf(answer: unknown): string;
};

/** https://platform.openai.com/docs/api-reference/chat: OpenAI itself knows the limit under a newer name only. */
function openai(base: string): Style {
  const limit = /^https:\/\/api\.openai\.com(?:\/|$)/.test(base) ? 'max_completion_tokens' : 'max_tokens';
  return {
    path: '/chat/completions',
    headers: key => (key === undefined ? {} : { authorization: `Bearer ${key}` }),
    body: ({ instructions, text, maxTokens }) => ({
      [limit]: maxTokens,
      messages: [
        { role: 'system', content: instructions },
        { role: 'user', content: text },
      ],
    }),
    textOf: answer => {
      const { choices } = parsed(Completion, answer);
      const { message, finish_reason } = choices[0];
      if (finish_reason === 'length') throw cutOff();
      return message.content ?? '';
    },
  };
}

/** https://docs.claude.com/en/api/messages */
const ANTHROPIC: Style = {
  path: '/messages',
  headers: key => ({ 'anthropic-version': '2023-06-01', ...(key !== undefined && { 'x-api-key': key }) }),
  body: ({ instructions, text, maxTokens }) => ({
    max_tokens: maxTokens,
    system: instructions,
    messages: [{ role: 'user', content: text }],
  }),
  textOf: answer => {
    const { content, stop_reason } = parsed(Message, answer);
    if (stop_reason === 'max_tokens') throw cutOff();
    return content.map(({ text = '' }) => text).join('');
  },
};

const Choice = z.object({
  message: z.object({ content: z.string().nullish() }),
  finish_reason: z.string().nullish(),
});
const Completion = z.object({ choices: z.tuple([Choice], z.unknown()) });
const Message = z.object({
  content: z.array(z.object({ text: z.string().optional() })),
  stop_reason: z.string().nullish(),
});

function parsed<T>(schema: z.ZodType<T>, answer: unknown): T {
  const { success, data } = schema.safeParse(answer);
  if (success) return data;
  throw new EngineError(
    'unavailable',
    'The answer of the model is not of the shape that was asked for.',
    'Check writerStyle and writerUrl.',
  );
}

const cutOff = () =>
  new EngineError('too_large', 'The model was cut off before it had finished.', 'Ask it for less.');
