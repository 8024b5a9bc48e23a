import type { Message } from '../schema/message.js';
import type { Summary } from '../session/frontier.js';
import { type Runs, union, within } from '../session/runs.js';
import type { Linked } from './groups.js';
import type { Measure } from './measure.js';

/** A stored summary as a context shows it. */
export type Standing = { readonly id: string; readonly text: string; readonly covers: Runs };

export const standingOf = (summary: Pick<Summary, 'id' | 'level' | 'text' | 'covers'>): Standing => ({
  id: summary.id,
  text: shownText(summary),
  covers: summary.covers,
});

/** By where they end. */
export const oldestFirst = (nodes: readonly Summary[]): Summary[] =>
  nodes.toSorted((a, b) => a.last_sequence - b.last_sequence);

/** A digest says itself where its messages are; what somebody wrote gets a line that does. */
export function shownText({
  id,
  level,
  text,
  covers,
}: Pick<Summary, 'id' | 'level' | 'text' | 'covers'>): string {
  if (level === 3) return text;
  const [first, last] = [covers[0]?.[0], covers.at(-1)?.[1]];
  return `[Summary of earlier messages, ${first} to ${last}. They are kept whole: fetch summary://${id}.]\n${text}`;
}

/** What stored summaries come to in one context. */
export type Frontier = {
  readonly texts: readonly string[];
  /** Of the one message that shows them all. */
  readonly tokens: number;
  /** Places of the messages under them, and the first of these. */
  readonly places: ReadonlySet<number>;
  readonly before: number;
  under(message: Message): boolean;
};

export function standing(nodes: readonly Standing[], linked: readonly Linked[], measure: Measure): Frontier {
  const runs = union(nodes.flatMap(({ covers }) => covers));
  const under = ({ sequence }: Message) => within(runs, sequence);
  const places = linked.flatMap(({ message }, place) => (under(message) ? [place] : []));
  return {
    texts: nodes.map(({ text }) => text),
    tokens: nodes.length === 0 ? 0 : frontierTokens(nodes, measure),
    places: new Set(places),
    before: places[0] ?? linked.length,
    under,
  };
}

export const frontierTokens = (nodes: readonly Standing[], measure: Measure): number =>
  measure.message({ parts: nodes.map(({ text }) => ({ type: 'text' as const, text })) });

export const frontierReport = (
  nodes: readonly Standing[],
  shown: boolean,
): { readonly uris: readonly string[]; readonly shown: boolean } => ({
  uris: nodes.map(({ id }) => `summary://${id}`),
  shown,
});
