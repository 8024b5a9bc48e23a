import type { Message } from '../schema/message.js';
import { messagesUnder } from '../session/expand.js';
import type { Summary } from '../session/frontier.js';
import { runsFrom, union } from '../session/runs.js';
import { addSummary, type NewSummary } from '../session/summarise.js';
import type { Sources } from '../sources.js';
import type { Writer } from '../store/store.js';
import { shownText } from './frontier.js';
import { costOf, digest } from './level3.js';
import type { Measure } from './measure.js';
import { references } from './mentions.js';

/** How summaries of one session are counted, and what they may take. */
export type Sizing = {
  readonly measure: Measure;
  readonly tokenizer: string;
  /** Tokens a summary made without a model takes at most. */
  readonly room: number;
  /** Tokens a summary written by somebody, and all of them together, take at most. */
  readonly most: number;
};

export type Covering = {
  readonly sessionId: string;
  readonly block: readonly Message[];
  /** What somebody wrote of these messages. */
  readonly summary?: string | undefined;
};

type Ground = { readonly sources: Sources; readonly writer: Writer; readonly sizing: Sizing };

/** Puts a block under a new summary: the one given if it is worth it, else a digest. Undefined when neither is shorter. */
export async function cover(
  { sources, writer, sizing }: Ground,
  { sessionId, block, summary }: Covering,
): Promise<Summary | undefined> {
  const draft = {
    id: sources.newId('sum'),
    session_id: sessionId,
    covers: runsFrom(block.map(({ sequence }) => sequence)),
    parents: [],
    covered_tokens: block.reduce((sum, { tokens }) => sum + tokens, 0),
    tokenizer: sizing.tokenizer,
  };
  const written =
    summary === undefined ? undefined : sized({ ...draft, level: 1, text: whole(summary, block) }, sizing);
  const most = Math.min(sizing.most, draft.covered_tokens - 1);
  if (written && written.tokens <= most) return addSummary(sources, writer, written);
  const room = Math.min(sizing.room, draft.covered_tokens - 1);
  const text = digest(block, { room, source: `fetch summary://${draft.id}` }, sizing.measure);
  const made = sized({ ...draft, level: 3, text }, sizing);
  return made.tokens < draft.covered_tokens ? addSummary(sources, writer, made) : undefined;
}

/** Makes one summary of several when together they have grown too large. Returns it, or undefined when they have not. */
export async function condense(
  { sources, writer, sizing }: Ground,
  frontier: readonly Summary[],
): Promise<Summary | undefined> {
  const [first] = frontier;
  const tokens = frontier.reduce((sum, node) => sum + node.tokens, 0);
  if (!first || frontier.length < 2 || tokens <= sizing.most) return undefined;
  const id = sources.newId('sum');
  const covers = union(frontier.flatMap(node => node.covers));
  const messages = await messagesUnder(writer, { session_id: first.session_id, covers });
  const room = Math.min(sizing.room, tokens - 1);
  const excerpts = excerptsOf(frontier, { room: Math.floor(room / 2), measure: sizing.measure });
  const left = excerpts === '' ? room : room - costOf(`\n${excerpts}`, sizing.measure);
  const text = digest(messages, { room: left, source: `fetch summary://${id}` }, sizing.measure);
  const node = sized(
    {
      id,
      session_id: first.session_id,
      level: 3,
      covers,
      parents: frontier.map(parent => parent.id),
      covered_tokens: frontier.reduce((sum, parent) => sum + parent.covered_tokens, 0),
      tokenizer: sizing.tokenizer,
      text: excerpts === '' ? text : `${text}\n${excerpts}`,
    },
    sizing,
  );
  return node.tokens < tokens ? addSummary(sources, writer, node) : undefined;
}

/** Puts what somebody wrote in the place of a digest. Undefined when it would take more than `most` tokens. */
export async function improve(
  { sources, writer, sizing }: Ground,
  { node, summary, most }: { readonly node: Summary; readonly summary: string; readonly most: number },
): Promise<Summary | undefined> {
  const messages = await messagesUnder(writer, node);
  const { session_id, covers, parents, covered_tokens } = node;
  const kept = { session_id, covers, parents, covered_tokens, tokenizer: sizing.tokenizer };
  const id = sources.newId('sum');
  const better = sized({ ...kept, id, level: 1, text: whole(summary, messages) }, sizing);
  return better.tokens <= most ? addSummary(sources, writer, { ...better, replaces: node.id }) : undefined;
}

/** With every file and blob the messages refer to: they would be lost otherwise. */
function whole(summary: string, messages: readonly Message[]): string {
  const missing = references(messages).filter(reference => !summary.includes(reference));
  return [summary, ...missing].join('\n');
}

const sized = (node: Omit<NewSummary, 'tokens'>, { measure }: Sizing): NewSummary => ({
  ...node,
  tokens: costOf(shownText(node), measure),
});

/** The first lines of what somebody wrote, of each summary alike, as many as fit. */
function excerptsOf(
  nodes: readonly Summary[],
  { room, measure }: { readonly room: number; readonly measure: Measure },
): string {
  const written = nodes.filter(({ level }) => level !== 3);
  const share = Math.floor(room / Math.max(1, written.length));
  return written
    .flatMap(({ id, text }) => {
      const lines = [`From summary://${id}:`];
      for (const line of text.split('\n')) {
        if (costOf([...lines, line, ''].join('\n'), measure) > share) break;
        lines.push(line);
      }
      return lines.length > 1 ? lines : [];
    })
    .join('\n');
}
