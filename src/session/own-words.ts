import type { Message } from '../schema/message.js';

/** A message of the user's own words; one that only carries results is none. */
export const isUser = ({ role, parts }: Pick<Message, 'role' | 'parts'>): boolean =>
  role === 'user' && (parts.length === 0 || parts.some(part => part.type !== 'tool_result'));
