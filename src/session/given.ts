import { demandNone, EngineError } from '../errors.js';
import { GivenMessage } from '../schema/message.js';
import { misfits } from '../schema/misfit.js';
import { isRecord } from '../text/json.js';
import { problemsIn } from '../text/well-formed.js';
import type { Draft } from './body.js';

export const MOST_MESSAGES = 500;
const MOST_CHARACTERS = 4_000_000;

/**
 * Messages as they will be kept, all or none. Throws `too_large` and `invalid`, which name every message that is wrong
 * and the place within it.
 */
export function checkMessages(given: readonly unknown[]): Draft[] {
  if (given.length > MOST_MESSAGES)
    throw new EngineError(
      'too_large',
      `There are ${given.length} messages; one call takes at most ${MOST_MESSAGES}.`,
      'Append them in several calls, in order.',
    );
  const problems: string[] = [];
  const drafts = given.flatMap((message, index) => {
    const checked = checkMessage(message, `messages[${index}]`);
    if ('draft' in checked) return checked.draft;
    problems.push(...checked.problems);
    return [];
  });
  const more = problems.length > 20 ? [`and ${problems.length - 20} more`] : [];
  demandNone([...problems.slice(0, 20), ...more], {
    refused: 'Nothing was appended',
    hint: 'Correct the named places and repeat the call with all messages. content is text; all else goes into parts: text, reasoning, tool_call {call_id, name, arguments}, tool_result {call_id, output}, file_ref {uri} for images and files, patch {path, diff}.',
  });
  return drafts;
}

export type Checked = { readonly draft: Draft } | { readonly problems: readonly string[] };

/** One message as it will be kept, or what is wrong with it; `place` is how problems name it. */
export function checkMessage(message: unknown, place: string, { most = MOST_CHARACTERS } = {}): Checked {
  // Before anything else walks it.
  const unstorable = problemsIn(message, place, { most: 1 });
  if (unstorable.length > 0) return { problems: unstorable };
  const parsed = GivenMessage.safeParse(message, { reportInput: true });
  if (!parsed.success) return { problems: misfits(parsed.error, place).slice(0, 3) };
  const { id, content, parts, ...rest } = intact(parsed.data, message);
  if ((content === undefined) === (parts === undefined))
    return {
      problems: [`${place}: give either content or parts${content === undefined ? '' : ', not both'}`],
    };
  const characters = JSON.stringify(message).length;
  if (characters > most)
    return {
      problems: [
        `${place}: has ${characters} characters as JSON; at most ${most} are kept. Store it as a file and refer to it`,
      ],
    };
  const kept = parts ?? [{ type: 'text' as const, text: content ?? '' }];
  return { draft: { ...(id !== undefined && { client_id: id }), ...rest, parts: kept } };
}

/** Zod drops the key `__proto__` of a record, so records are taken as they came. */
function intact(parsed: GivenMessage, message: unknown): GivenMessage {
  const given = isRecord(message) ? message : {};
  const parts = Array.isArray(given.parts) ? given.parts : [];
  return {
    ...parsed,
    ...(isRecord(given.metadata) && { metadata: given.metadata }),
    ...(parsed.parts && {
      parts: parsed.parts.map((part, at) => {
        const own: unknown = parts[at];
        return part.type === 'tool_call' && isRecord(own) && isRecord(own.arguments)
          ? { ...part, arguments: own.arguments }
          : part;
      }),
    }),
  };
}
