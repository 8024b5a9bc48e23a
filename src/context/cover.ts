import type { Message } from '../schema/message.js';
import { tokensOf } from '../session/count.js';
import type { Summary } from '../session/frontier.js';
import { runsFrom, union } from '../session/runs.js';
import { type NewSummary, summaryOf } from '../session/summarise.js';
import type { Sources } from '../sources.js';
import type { Beneath } from './beneath.js';
import { excerptsOf } from './excerpts.js';
import { oldestFirst, shownText } from './frontier.js';
import { costOf, digest } from './level3.js';
import type { Measure } from './measure.js';
import { withReferences } from './mentions.js';

/** How summaries of one session are counted, and what they may take. */
export type Sizing = {
  readonly measure: Measure;
  readonly tokenizer: string;
  /** Tokens a summary made without a model takes at most. */
  readonly room: number;
  /** Tokens a summary written by somebody, and all of them together, take at most. */
  readonly most: number;
};

/** What somebody wrote: the caller, or the model that is named. */
export type Wording = { readonly text: string; readonly level: 1 | 2; readonly by?: string };

export type Covering = {
  readonly id: string;
  readonly sessionId: string;
  readonly block: readonly Message[];
};

/** Puts a block under what somebody wrote of it. Undefined when that is not worth it. */
export function written(
  sizing: Sizing,
  { id, sessionId, block }: Covering,
  { text, ...wording }: Wording,
): NewSummary | undefined {
  const covered = covering({ id, sessionId, block });
  const node = sized({ ...covered, ...wording, text: withReferences(text, block) }, sizing);
  return node.tokens <= Math.min(sizing.most, covered.covered_tokens - 1) ? node : undefined;
}

/** Puts a block under a digest. Undefined when that would be no shorter. */
export function digested(sizing: Sizing, { id, sessionId, block }: Covering): NewSummary | undefined {
  const covered = covering({ id, sessionId, block });
  const room = Math.min(sizing.room, covered.covered_tokens - 1);
  const text = digest(block, { room, source: `fetch summary://${id}` }, sizing.measure);
  const node = sized({ ...covered, level: 3, text }, sizing);
  return node.tokens < covered.covered_tokens ? node : undefined;
}

const covering = ({ id, sessionId, block }: Covering) => ({
  id,
  session_id: sessionId,
  covers: runsFrom(block.map(({ sequence }) => sequence)),
  parents: [],
  covered_tokens: tokensOf(block),
});

/** Whether summaries have together grown so large that one should stand for them. */
export const tooLarge = (nodes: readonly Summary[], { most }: Pick<Sizing, 'most'>): boolean =>
  nodes.length >= 2 && tokensOf(nodes) > most;

export type Condensing = {
  readonly id: string;
  /** At least two, by where they end. */
  readonly nodes: readonly Summary[];
  /** All that stand in the session, among them those that the nodes were made from. */
  readonly active: readonly Summary[];
  /** All that are under the nodes. */
  readonly messages: readonly Message[];
};

/** One digest of all the messages, with the first lines of what was ever written of them. Undefined when it would be no shorter. */
export function condensedDigest(
  sizing: Sizing,
  { id, nodes, active, messages }: Condensing,
): NewSummary | undefined {
  const { measure } = sizing;
  const room = Math.min(sizing.room, tokensOf(nodes) - 1);
  const written = (left: number) => excerptsOf({ nodes, active }, { room: left, measure });
  const text = digest(messages, { room, source: `fetch summary://${id}`, written }, measure);
  const node = sized({ ...above(id, nodes), level: 3, text }, sizing);
  return node.tokens < tokensOf(nodes) ? node : undefined;
}

/** What somebody wrote of several summaries. Undefined unless it is shorter than they are and has room to spare. */
export function condensedWriting(
  sizing: Sizing,
  { id, nodes, messages }: Condensing,
  { text, ...wording }: Wording,
): NewSummary | undefined {
  const node = sized({ ...above(id, nodes), ...wording, text: withReferences(text, messages) }, sizing);
  return node.tokens < tokensOf(nodes) && node.tokens <= sizing.most / 2 ? node : undefined;
}

const above = (id: string, nodes: readonly Summary[]) => ({
  id,
  session_id: nodes[0]?.session_id ?? '',
  covers: union(nodes.flatMap(node => node.covers)),
  parents: nodes.map(parent => parent.id),
  covered_tokens: nodes.reduce((sum, parent) => sum + parent.covered_tokens, 0),
});

export type Improving = {
  readonly id: string;
  readonly node: Summary;
  readonly messages: readonly Message[];
  /** Tokens it may take at most. */
  readonly most: number;
};

/** Puts what somebody wrote in the place of a digest. Undefined when it would take too much. */
export function improved(
  sizing: Sizing,
  { id, node, messages, most }: Improving,
  { text, ...wording }: Wording,
): NewSummary | undefined {
  const draft = {
    ...above(id, [node]),
    parents: node.parents,
    ...wording,
    text: withReferences(text, messages),
    replaces: node.id,
  };
  const better = sized(draft, sizing);
  return better.tokens <= most ? better : undefined;
}

type Thinking = Beneath & { readonly sources: Sources; readonly sizing: Sizing };

/** One summary of several when together they have grown too large. Undefined when they have not. */
export async function condensed(
  { sources, sizing, active, under }: Thinking,
  frontier: readonly Summary[],
): Promise<NewSummary | undefined> {
  if (!tooLarge(frontier, sizing)) return undefined;
  const messages = await under(union(frontier.flatMap(node => node.covers)));
  return condensedDigest(sizing, {
    id: sources.newId('sum'),
    nodes: frontier,
    active: await active(),
    messages,
  });
}

/** Each is made of all messages under it, so an answer that comes later than this is worth less than it costs. */
const MOST_ANEW = 3;

/**
 * The digests above a summary that is replaced, each made anew, and no longer, of what stands now. None when it is on the
 * frontier; undefined when there are too many, a model wrote one of the summary as it was, or one would be no shorter.
 */
export async function condensedAnew(
  { sources, sizing, active, under }: Omit<Thinking, 'active'> & Pick<Condensing, 'active'>,
  better: NewSummary,
): Promise<readonly NewSummary[] | undefined> {
  const made: NewSummary[] = [];
  let now = better;
  const standing = [...active];
  for (;;) {
    const { replaces = '' } = now;
    const above = standing.find(({ parents }) => parents.includes(replaces));
    if (!above) return made;
    if (above.level !== 3 || made.length === MOST_ANEW) return undefined;
    const nodes = withNode(
      standing.filter(({ id }) => id !== replaces && above.parents.includes(id)),
      now,
    );
    standing.push(summaryOf(now, 0));
    const anew = { id: sources.newId('sum'), nodes, active: standing, messages: await under(above.covers) };
    const room = Math.min(sizing.room, above.tokens);
    const next = condensedDigest({ ...sizing, room }, anew);
    if (!next) return undefined;
    now = { ...next, replaces: above.id };
    made.push(now);
  }
}

/** A frontier with a summary that is not written yet, by where they end. */
export const withNode = (frontier: readonly Summary[], node: NewSummary): readonly Summary[] =>
  oldestFirst([...frontier, summaryOf(node, 0)]);

const sized = (
  node: Omit<NewSummary, 'tokens' | 'tokenizer'>,
  { measure, tokenizer }: Sizing,
): NewSummary => ({ ...node, tokens: costOf(shownText(node), measure), tokenizer });
