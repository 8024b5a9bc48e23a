import { sealText } from '../ledger/seal.js';
import type { KeptBlob, Message, Part, Role } from '../schema/message.js';
import type { Body } from '../store/bodies.js';
import type { MessageRow, StoredMessage } from '../store/messages.js';
import { canonicalJson, sha256 } from '../text/hash.js';

/** What a message says, checked and without secrets. */
export type Draft = {
  readonly client_id?: string | undefined;
  readonly role: Role;
  readonly name?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly parts: readonly Part[];
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Contents that lie in blobs; a reference stands where each was. */
  readonly blobs?: readonly KeptBlob[] | undefined;
};

/** The erasable content of a message: all of its row but when it came and went lies in it, and is covered by its hash. */
export type MessageBody = Draft & Pick<MessageRow, 'sequence' | 'tokens' | 'tokenizer'>;

/**
 * Not in canonical form: the order of keys in the arguments of a call is part of what was said, and prompt caches
 * miss when it changes.
 */
export const sealMessage = (id: string, salt: string, body: MessageBody): Body =>
  sealText(id, salt, JSON.stringify(body));

export function openBody(content: string): MessageBody {
  const body: MessageBody = JSON.parse(content);
  return body;
}

export function openMessage({ id, content }: Pick<StoredMessage, 'id' | 'content'>): Message {
  const { tokenizer: _tokenizer, ...message } = openBody(content);
  return { id, ...message };
}

/** Whether a message says what was kept, whatever the order of keys; what lies in a blob is told by its hash. */
export const saysTheSame = (kept: Draft, given: Draft): boolean => said(kept) === said(asKept(given, kept));

function asKept(given: Draft, { blobs = [], parts }: Draft): Draft {
  const stands = given.parts.map((part, at) => {
    const blob = blobs.find(one => one.part === at);
    const content = contentOf(part);
    const kept = blob && parts[at];
    const same = kept && content !== undefined && sha256(content) === blob.sha256;
    return same ? withContent(part, contentOf(kept) ?? '') : part;
  });
  return { ...given, parts: stands };
}

/** What of a part may be so large that it becomes a blob. Reasoning is signed, and arguments are no text. */
export function contentOf(part: Part): string | undefined {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'tool_result':
      return part.output;
    case 'patch':
      return part.diff;
    case 'file_ref':
      return part.outline;
    default:
      return undefined;
  }
}

export function withContent(part: Part, content: string): Part {
  switch (part.type) {
    case 'text':
      return { ...part, text: content };
    case 'tool_result':
      return { ...part, output: content };
    case 'patch':
      return { ...part, diff: content };
    case 'file_ref':
      return { ...part, outline: content };
    default:
      return part;
  }
}

const said = ({ role, name, timestamp, parts, metadata }: Draft): string =>
  canonicalJson({ role, name, timestamp, parts, metadata });

/** What a row repeats of the body, so that it can be selected and summed. */
export const rowOf = (
  body: MessageBody,
): Pick<
  MessageRow,
  'sequence' | 'client_id' | 'role' | 'name' | 'timestamp' | 'tokens' | 'tokenizer' | 'calls'
> => ({
  sequence: body.sequence,
  client_id: body.client_id ?? null,
  role: body.role,
  name: body.name ?? null,
  timestamp: body.timestamp ?? null,
  tokens: body.tokens,
  tokenizer: body.tokenizer,
  calls: callsIn(body).length,
});

export const callsIn = ({ parts }: Pick<Draft, 'parts'>): Extract<Part, { type: 'tool_call' }>[] =>
  parts.filter(part => part.type === 'tool_call');
