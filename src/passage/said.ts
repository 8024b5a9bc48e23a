import type { EpisodeBody } from '../schema/episode.js';
import type { Medallion } from '../schema/medallion.js';
import type { Trust } from '../schema/memory.js';
import type { Message, Part } from '../schema/message.js';

export type Saying = Pick<Message, 'role' | 'name' | 'parts'>;

/** What a message is found by and shown as: who speaks, and the words of every part. */
export function messageText({ name, parts }: Saying): string {
  const said = joined(parts.flatMap(partText));
  return name === undefined || said === '' ? said : `${name}: ${said}`;
}

/** What a tool returned came from outside. */
export const messageTrust = ({ role, parts }: Pick<Saying, 'role' | 'parts'>): Trust =>
  role === 'tool' || parts.some(({ type }) => type === 'tool_result') ? 'tool' : 'user';

function partText(part: Part): readonly (string | undefined)[] {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return [part.text];
    case 'tool_call':
      return [part.name, ...strings(part.arguments)];
    case 'tool_result':
      return [part.output];
    case 'file_ref':
      return [part.name ?? part.uri, part.outline];
    case 'patch':
      return [part.path, part.diff];
  }
}

/** Every text within, in order. */
function strings(value: unknown): string[] {
  const found: string[] = [];
  JSON.stringify(value, (_key, inner) => {
    if (typeof inner === 'string') found.push(inner);
    return inner;
  });
  return found;
}

export const medallionText = ({
  summary,
  decisions,
  open_questions,
  resolved_questions,
  affordances,
}: Medallion): string =>
  joined([
    summary.high_level,
    ...summary.subsystems.map(({ name, notes }) => joined([`${name}:`, notes], ' ')),
    ...decisions.map(({ statement, rationale }) => joined([statement, rationale], ' ')),
    ...open_questions.map(({ question, blocked_on }) => joined([question, ...blocked_on], ' ')),
    ...resolved_questions.map(({ question, answer }) => joined([question, answer], ' ')),
    ...affordances.recommended_entry_points,
    ...affordances.avoid_repeating,
    ...affordances.invariants,
  ]);

export const episodeText = ({ reason, summary, next_entry_point, ws_after }: EpisodeBody): string =>
  joined([reason, summary, next_entry_point, ws_after.objective]);

const joined = (texts: readonly (string | null | undefined)[], by = '\n'): string =>
  texts.filter(text => text).join(by);
