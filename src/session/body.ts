import type { Message, Part, Role } from '../schema/message.js';
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
};

/** The erasable content of a message: all of its row but when it came and went lies in it, and is covered by its hash. */
export type MessageBody = Draft & Pick<MessageRow, 'sequence' | 'tokens' | 'tokenizer'>;

/**
 * Not in canonical form: the order of keys in the arguments of a call is part of what was said, and prompt caches
 * miss when it changes.
 */
export function sealMessage(id: string, salt: string, body: MessageBody): Body {
  const content = JSON.stringify(body);
  return { owner: id, salt, content, hash: sha256(salt + content) };
}

export function openBody(content: string): MessageBody {
  const body: MessageBody = JSON.parse(content);
  return body;
}

export function openMessage({ id, content }: Pick<StoredMessage, 'id' | 'content'>): Message {
  const { tokenizer: _tokenizer, ...message } = openBody(content);
  return { id, ...message };
}

/** Whether two messages say the same, whatever the order of keys. */
export const saysTheSame = (left: Draft, right: Draft): boolean => said(left) === said(right);

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
