import type { Message } from '../schema/message.js';
import type { Measure } from './measure.js';
import { mentioned, oneLine, references, toolsCalled } from './mentions.js';

export type DigestOptions = {
  /** Most tokens a message of the text alone may have. */
  readonly room: number;
  /** Where the messages can be read whole, as a call: `fetch session://…`. */
  readonly source?: string | undefined;
};

const BARE = '[Earlier messages are left out.]';

/** The least room a digest needs: that of its shortest form. */
export const leastRoom = (measure: Measure): number => costOf(BARE, measure);

/** What a message of one text costs. */
export const costOf = (text: string, measure: Measure): number =>
  measure.message({ parts: [{ type: 'text', text }] });

/**
 * The summary that needs no model (level 3): which messages it covers and where they are, the references and tools in
 * them, files and identifiers, and the first line of what the user said, the newest above all. It always fits in its
 * room, of at least `leastRoom`; the same messages and room give the same text.
 */
export function digest(
  messages: readonly Message[],
  { room, source }: DigestOptions,
  measure: Measure,
): string {
  const headings = [headline(messages, source), shortHeadline(messages)];
  const heading = headings.find(text => costOf(text, measure) <= room) ?? BARE;
  let left = room - costOf(heading, measure);
  const body: string[] = [];
  for (const section of sectionsOf(messages)) {
    const taken = fill(section, { left: Math.floor(left * section.share), measure });
    if (taken.text === '') continue;
    left -= taken.tokens;
    body.push(taken.text);
  }
  return trimmed([heading, ...body], room, measure);
}

type Section = {
  readonly title: string;
  readonly lines: readonly string[];
  /** How much of what is still left this section may take. */
  readonly share: number;
  /** Lines are taken in their order but shown the other way round. */
  readonly reversed?: true;
};

function sectionsOf(messages: readonly Message[]): Section[] {
  const said = messages.filter(message => message.role === 'user').map(firstLine);
  return [
    { title: 'References', lines: references(messages), share: 0.8 },
    { title: 'Tools', lines: toolsCalled(messages).map(([name, times]) => `${name} ×${times}`), share: 0.2 },
    { title: 'Files and names', lines: mentioned(messages).slice(0, 60), share: 0.25 },
    { title: 'The user said', lines: said.filter(line => line !== '').reverse(), share: 1, reversed: true },
  ];
}

const firstLine = ({ parts }: Message): string =>
  oneLine(
    parts.flatMap(part => (part.type === 'text' && part.text.trim() ? part.text.trim() : []))[0] ?? '',
    160,
  );

/** As many lines as fit, stopping at the first that does not, and how many did not. */
function fill(
  { title, lines, reversed }: Section,
  { left, measure }: { readonly left: number; readonly measure: Measure },
): { readonly text: string; readonly tokens: number } {
  const taken: string[] = [];
  let tokens = measure.text(`${title} (${lines.length} not shown):\n`);
  for (const line of lines) {
    const cost = measure.text(`- ${line}\n`);
    if (tokens + cost > left) break;
    tokens += cost;
    taken.push(`- ${line}`);
  }
  if (taken.length === 0) return { text: '', tokens: 0 };
  const missing = lines.length - taken.length;
  if (reversed) taken.reverse();
  const heading = missing > 0 ? `${title} (${missing} not shown):` : `${title}:`;
  return { text: [heading, ...taken].join('\n'), tokens };
}

/** Joined text can cost a little more than its pieces: what is last goes until the whole fits. */
function trimmed(blocks: readonly string[], room: number, measure: Measure): string {
  for (let kept = blocks.length; kept > 1; kept -= 1) {
    const text = blocks.slice(0, kept).join('\n');
    if (costOf(text, measure) <= room) return text;
  }
  return blocks[0] ?? '';
}

function headline(messages: readonly Message[], source: string | undefined): string {
  const roles = ['system', 'user', 'assistant', 'tool'] as const;
  const counts = roles.flatMap(role => {
    const times = messages.filter(message => message.role === role).length;
    return times === 0 ? [] : [`${times} ${role}`];
  });
  const times = messages.flatMap(message => message.timestamp ?? []);
  const when = times.length > 0 ? `, ${times[0]} to ${times.at(-1)}` : '';
  const whole = source === undefined ? '' : ` They are kept whole: ${source}.`;
  return `[Summary made without a model of ${messages.length} earlier messages (${counts.join(', ')}), ${range(messages)}${when}.${whole}]`;
}

const shortHeadline = (messages: readonly Message[]): string =>
  `[${messages.length} earlier messages left out: ${range(messages)}]`;

const range = (messages: readonly Message[]): string => `${messages[0]?.id} to ${messages.at(-1)?.id}`;
