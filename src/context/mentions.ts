import type { Message, Part } from '../schema/message.js';

/** Blobs that a text refers to, each once, in their order. */
export const blobUris = (text: string): string[] =>
  text.includes('blob://')
    ? [...new Set([...text.matchAll(/blob:\/\/[A-Za-z0-9_-]{1,64}/g)].map(([uri]) => uri))]
    : [];

/** Files that messages attach and blobs they refer to, each once: a reference is lost when its message is summarised. */
export function references(messages: readonly Message[]): string[] {
  const found = new Map<string, string>();
  const note = (uri: string, name = '') => found.set(uri, found.get(uri) || name);
  for (const part of messages.flatMap(message => message.parts)) {
    if (part.type === 'file_ref') note(part.uri, part.name);
    for (const text of textsOf(part)) for (const uri of blobUris(text)) note(uri);
  }
  return [...found].map(([uri, name]) => (name === '' ? uri : `${uri} (${oneLine(name, 80)})`));
}

/** A summary with every file and blob that the messages refer to: they would be lost otherwise. */
export function withReferences(summary: string, messages: readonly Message[]): string {
  const missing = references(messages).filter(reference => !summary.includes(reference));
  return [summary, ...missing].join('\n');
}

/** Tools called, most often called first. */
export function toolsCalled(messages: readonly Message[]): (readonly [name: string, times: number])[] {
  const times = new Map<string, number>();
  for (const part of messages.flatMap(message => message.parts))
    if (part.type === 'tool_call') times.set(part.name, (times.get(part.name) ?? 0) + 1);
  return [...times].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

/** Paths and identifiers, most often mentioned first; of long texts only the beginning is looked at. */
export function mentioned(messages: readonly Message[]): string[] {
  const times = new Map<string, number>();
  const note = (name: string) => times.set(name, (times.get(name) ?? 0) + 1);
  for (const part of messages.flatMap(message => message.parts)) {
    if (part.type === 'patch') note(part.path);
    for (const text of textsOf(part))
      for (const [name] of text.slice(0, LOOKED_AT).matchAll(NAMES)) note(name);
  }
  return [...times].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([name]) => name);
}

const LOOKED_AT = 4000;
const NAMES =
  /(?<!:\/\/)(?:\b[\w.-]{1,60}(?:\/[\w.-]{1,60}){1,10}\.[A-Za-z]\w{0,7}\b|\b[\w-]{1,60}\.(?:tsx?|jsx?|mjs|cjs|py|go|rs|java|rb|md|json|ya?ml|toml|sql|css|html|sh|csv)\b|\b[a-z]+(?:[A-Z][a-z0-9]+){1,6}\b|\b[a-z]+(?:_[a-z0-9]+){1,6}\b)/g;

/** Sentences in which the user told what has to be, or must not, each once, in their order. */
export function insistedOn(messages: readonly Message[]): string[] {
  const texts = messages
    .filter(message => message.role === 'user')
    .flatMap(({ parts }) =>
      parts.flatMap(part => (part.type === 'text' ? part.text.slice(0, LOOKED_AT) : [])),
    );
  const sentences = texts
    .filter(text => INSISTS.test(text))
    .flatMap(text => text.split(SENTENCE).filter(sentence => INSISTS.test(sentence)));
  return [...new Set(sentences.map(sentence => oneLine(sentence, 160)))];
}

const SENTENCE = /(?<=[.!?])\s+|(?<=[。！？])|\n+/;
/** Words of rules. "I don't know" is none, so that "don't" counts where a sentence or a clause begins with it. */
const INSISTS = new RegExp(
  [
    String.raw`\b(?:never|always|must|forbidden|prohibited|required|constraints?|important|make sure|ensure|avoid|at most|no more than|only ever|under no circumstances|should(?: not|n't))\b`,
    String.raw`(?:^|[.!?\n,;:(–—-]|\b(?:please|and|but|so|also|then|you))\s*(?:do not|don['’]t)\b`,
    String.raw`\b(?:niemals|immer|muss|müssen|darf nicht|jamais|toujours|doit|nunca|siempre|debe)\b`,
    '必须|务必|不要|不能|不得|禁止|绝不|必ず|絶対|しないで|てはいけない|반드시|절대|하지 마',
  ].join('|'),
  'iu',
);

function textsOf(part: Part): readonly string[] {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return [part.text];
    case 'tool_call':
      return [JSON.stringify(part.arguments)];
    case 'tool_result':
      return [part.output];
    case 'file_ref':
      return [part.outline ?? ''];
    case 'patch':
      return [part.diff];
  }
}

/** A text on one line, at most so many characters, never half a one. */
export function oneLine(text: string, most: number): string {
  const line = text
    .slice(0, most * 4)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length <= most ? line : `${line.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
