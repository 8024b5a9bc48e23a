import type { Message, Part } from '../schema/message.js';

type Of<Type extends Part['type']> = Extract<Part, { readonly type: Type }>;

/** The arguments of a call as JSON, in the order they came. */
export const callText = (part: Of<'tool_call'>): string => JSON.stringify(part.arguments);

/** How a file stands in a text: `[file: name (mime) uri]` and its outline. */
export function fileText({ uri, name, mime, outline }: Of<'file_ref'>): string {
  const head = ['file:', name, mime && `(${mime})`, uri].filter(word => word !== undefined).join(' ');
  return outline === undefined ? `[${head}]` : `[${head}]\n${outline}`;
}

export const patchText = ({ path, diff }: Of<'patch'>): string => `[patch: ${path}]\n${diff}`;

/** One message for reading: its number, role and name on a line of their own, then its parts in order. */
export function messageText({ sequence, role, name, timestamp, parts }: Message): string {
  const head = [`[${sequence}] ${role}`, name && `(${name})`, timestamp].filter(Boolean).join(' ');
  return [head, ...parts.map(partText)].join('\n');
}

function partText(part: Part): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'reasoning':
      return `[reasoning]\n${part.text}`;
    case 'tool_call':
      return `[call ${part.call_id}: ${part.name}]\n${callText(part)}`;
    case 'tool_result':
      return `[${part.is_error ? 'error' : 'result'} of ${part.call_id}]\n${part.output}`;
    case 'file_ref':
      return fileText(part);
    case 'patch':
      return patchText(part);
  }
}
