import type { Message } from '../schema/message.js';
import type { Measure } from './measure.js';
import { insistedOn, mentioned, oneLine, references, toolsCalled } from './mentions.js';

export type DigestOptions = {
  /** Most tokens a message of the text alone may have. */
  readonly room: number;
  /** Where the messages can be read whole, as a call: `fetch session://…`. */
  readonly source?: string | undefined;
  /** What somebody wrote of the messages, in so many tokens; empty when nothing fits. */
  written?(room: number): string;
};

const BARE = '[Earlier messages are left out.]';

/** The least room a digest needs: that of its shortest form. */
export const leastRoom = (measure: Measure): number => costOf(BARE, measure);

/** What a message of one text costs. */
export const costOf = (text: string, measure: Measure): number =>
  measure.message({ parts: [{ type: 'text', text }] });

/**
 * The summary that needs no model (level 3): which messages it covers and where they are, the references in them, what
 * the user asked first and insisted on, tools, files and identifiers, and the first line of what else the user said, the
 * newest above all. It always fits in its room, of at least `leastRoom`; the same messages and room give the same text.
 */
export function digest(
  messages: readonly Message[],
  { room, source, written = () => '' }: DigestOptions,
  measure: Measure,
): string {
  const headings = [headline(messages, source), shortHeadline(messages)];
  const heading = headings.find(text => costOf(text, measure) <= room) ?? BARE;
  let left = room - costOf(heading, measure);
  const body: string[] = [];
  for (const { share, fill } of sectionsOf(messages, written)) {
    const text = fill(Math.floor(left * share), measure);
    if (text === '') continue;
    left -= measure.text(`${text}\n`);
    body.push(text);
  }
  return trimmed([heading, ...body], room, measure);
}

type Section = {
  /** How much of what is still left this section may take. */
  readonly share: number;
  /** Empty when nothing fits in so many tokens. */
  fill(room: number, measure: Measure): string;
};

function sectionsOf(messages: readonly Message[], written: NonNullable<DigestOptions['written']>): Section[] {
  const [asked, ...said] = messages
    .filter(message => message.role === 'user')
    .map(firstLine)
    .filter(line => line !== '');
  const insisted = insistedOn(messages).filter(line => line !== asked);
  return [
    listed(0.8, { title: 'References', lines: references(messages) }),
    listed(0.5, { title: 'First asked', lines: asked === undefined ? [] : [asked] }),
    listed(0.5, { title: 'The user insisted', lines: insisted.reverse(), reversed: true }),
    { share: 0.6, fill: written },
    listed(0.2, { title: 'Tools', lines: toolsCalled(messages).map(([name, times]) => `${name} ×${times}`) }),
    listed(0.25, { title: 'Files and names', lines: mentioned(messages).slice(0, 60) }),
    listed(1, { title: 'The user said', lines: said.reverse(), reversed: true }),
  ];
}

const firstLine = ({ parts }: Message): string =>
  oneLine(
    parts.flatMap(part => (part.type === 'text' && part.text.trim() ? part.text.trim() : []))[0] ?? '',
    160,
  );

type List = {
  readonly title: string;
  readonly lines: readonly string[];
  /** Lines are taken in their order but shown the other way round. */
  readonly reversed?: true;
};

/** As many lines as fit, stopping at the first that does not, and how many did not. */
const listed = (share: number, { title, lines, reversed }: List): Section => ({
  share,
  fill(room, measure) {
    const taken: string[] = [];
    let tokens = measure.text(`${title} (${lines.length} not shown):\n`);
    for (const line of lines) {
      tokens += measure.text(`- ${line}\n`);
      if (tokens > room) break;
      taken.push(`- ${line}`);
    }
    if (taken.length === 0) return '';
    const missing = lines.length - taken.length;
    if (reversed) taken.reverse();
    return [missing > 0 ? `${title} (${missing} not shown):` : `${title}:`, ...taken].join('\n');
  },
});

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
