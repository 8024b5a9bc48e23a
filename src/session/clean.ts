import type { Part } from '../schema/message.js';
import { type Redaction, type RedactMode, redact } from '../text/redact.js';
import type { Draft } from './body.js';

export type Cleaned = { readonly drafts: readonly Draft[]; readonly redactions: readonly Redaction[] };

/**
 * Without secrets in what was said: ids, names, roles and signatures stay, and so do the keys of a call's arguments.
 * A signature goes with reasoning that was altered: it would not fit any more.
 */
export async function cleanMessages(drafts: readonly Draft[], mode: RedactMode): Promise<Cleaned> {
  const messages = drafts.map(({ parts, metadata }) => ({ parts: parts.map(wordsOf), metadata }));
  const clean = await redact({ messages }, mode);
  if (clean.redactions.length === 0) return { drafts, redactions: [] };
  return {
    drafts: drafts.map((draft, index) => {
      const words = clean.value.messages[index];
      if (!words || words === messages[index]) return draft;
      const parts = draft.parts.map((part, at) => withWords(part, words.parts[at] ?? {}));
      return { ...draft, parts, ...(words.metadata && { metadata: words.metadata }) };
    }),
    redactions: clean.redactions,
  };
}

type Words = { readonly [name: string]: unknown };

function wordsOf(part: Part): Words {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return { text: part.text };
    case 'tool_call':
      return { arguments: part.arguments };
    case 'tool_result':
      return { output: part.output };
    case 'file_ref':
      return { uri: part.uri, name: part.name, outline: part.outline };
    case 'patch':
      return { path: part.path, diff: part.diff };
  }
}

function withWords(part: Part, words: Words): Part {
  const text = (name: string, kept: string) => (typeof words[name] === 'string' ? words[name] : kept);
  switch (part.type) {
    case 'text':
      return { ...part, text: text('text', part.text) };
    case 'reasoning':
      return reasoningWith(part, text('text', part.text));
    case 'tool_call':
      return { ...part, arguments: withKeysOf(part.arguments, words.arguments) };
    case 'tool_result':
      return { ...part, output: text('output', part.output) };
    case 'file_ref':
      return {
        ...part,
        uri: text('uri', part.uri),
        ...(part.name !== undefined && { name: text('name', part.name) }),
        ...(part.outline !== undefined && { outline: text('outline', part.outline) }),
      };
    case 'patch':
      return { ...part, path: text('path', part.path), diff: text('diff', part.diff) };
  }
}

type Reasoning = Extract<Part, { type: 'reasoning' }>;

function reasoningWith(part: Reasoning, text: string): Reasoning {
  if (text === part.text) return part;
  const { signature: _signature, ...unsigned } = part;
  return { ...unsigned, text };
}

/** Entries keep their order when keys are redacted, so the keys can be put back one by one. */
function withKeysOf(original: Readonly<Record<string, unknown>>, clean: unknown): Record<string, unknown> {
  const values = typeof clean === 'object' && clean !== null ? Object.values(clean) : [];
  return Object.fromEntries(
    Object.entries(original).map(([key, value], at) => [key, restored(value, values[at])]),
  );
}

function restored(original: unknown, clean: unknown): unknown {
  if (original === clean || typeof original !== 'object' || original === null) return clean;
  if (Array.isArray(original))
    return original.map((item, at) => restored(item, Array.isArray(clean) ? clean[at] : undefined));
  return withKeysOf(Object.fromEntries(Object.entries(original)), clean);
}
