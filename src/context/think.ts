import { EngineError } from '../errors.js';
import type { MessageCounter } from '../session/count.js';
import { demandSession } from '../session/find.js';
import { activeOf, openRequest, type Summary } from '../session/frontier.js';
import type { Thought } from '../session/parts.js';
import type { NewSummary } from '../session/summarise.js';
import type { StoredSession } from '../store/sessions.js';
import type { Reader } from '../store/store.js';
import { summaryById } from '../store/summaries.js';
import { beneath } from './beneath.js';
import { divide, oldest, tailOf } from './block.js';
import type { Commissioned } from './commission.js';
import { isFree } from './commit.js';
import type { Compacted } from './compact.js';
import { condensed, condensedAnew, digested, improved, withNode, written } from './cover.js';
import { groundOf, type Stand, standOf } from './ground.js';
import { measureBy } from './measure.js';
import type { Parts } from './parts.js';
import { mostFor } from './survey.js';
import { KEPT_GROUPS, sizingOf } from './upkeep.js';

export type Asked = {
  readonly sessionId: string;
  readonly counter: MessageCounter;
  readonly summary: string | undefined;
  readonly requestId: string | undefined;
  readonly commissioned: Commissioned | undefined;
};

/** What a call will write, and what it will say of it. */
export type Thinking = Thought & { readonly done: Done };
type Done = Pick<Compacted, 'level' | 'written_by' | 'summary_uri' | 'covers' | 'condensed_uri' | 'note'>;

const NOTHING =
  'Nothing is left to compact: what is not summarised yet stays word for word. Nothing was changed.';
const again = ({ id }: Summary) =>
  `${NOTHING} Your summary was not kept: give it again with request_id "${id}" if it is of what stands there.`;
const NOT_SHORTER =
  'The summary given was no shorter than what it covers, or over a quarter of the context: one made without a model stands in.';
const MORE = 'The writer reads no more at once: call again for the messages after these.';

/** Reads and decides; it takes time and so is done before the transaction where that can be. Throws as `compact` does. */
export async function think(parts: Parts, reader: Reader, asked: Asked): Promise<Thinking> {
  const session = await demandOpen(reader, asked.sessionId);
  const before = await standOf(parts, reader, session);
  const now = { ...asked, session, before };
  const thought = asked.requestId === undefined ? coverOldest : answer;
  return { ground: groundOf(session.last_sequence, before), ...(await thought(parts, reader, now)) };
}

export async function demandOpen(reader: Reader, ref: string): Promise<StoredSession> {
  const session = await demandSession(reader, ref);
  if (session.hidden_at === null) return session;
  throw new EngineError(
    'not_found',
    `Session ${session.id} was deleted.`,
    'Append to it with create: true to begin it anew.',
  );
}

type Now = Asked & { readonly session: StoredSession; readonly before: Stand };
type Decided = Pick<Thinking, 'summaries' | 'done'>;

async function coverOldest({ sources }: Parts, reader: Reader, now: Now): Promise<Decided> {
  const { session, counter, summary, commissioned, before } = now;
  const { id: session_id } = session;
  const divided = divide(await tailOf(reader, session_id, before.frontier), measureBy(counter));
  const block = oldest(divided, { keep: KEPT_GROUPS, spare: 0 });
  const sizing = sizingOf({ usable: before.usable, divided, counter });
  const paid = await keepable(reader, now);
  const covering = { id: sources.newId('sum'), sessionId: session_id, block };
  const given = summary !== undefined && written(sizing, covering, { text: summary, level: 1 });
  const node = block.length === 0 ? undefined : paid?.draft || given || digested(sizing, covering);
  if (!node) {
    const open = summary === undefined ? undefined : openRequest(before.frontier);
    return { summaries: [], done: { note: open ? again(open) : NOTHING } };
  }
  const below = beneath(reader, session_id);
  const higher = await condensed({ sources, sizing, ...below }, withNode(before.frontier, node));
  const less = paid && paid.block.length < block.length;
  const note = less ? MORE : node.level === 3 ? noteOn(summary, commissioned) : undefined;
  return {
    summaries: [node, ...(higher ? [higher] : [])],
    done: {
      ...doneBy(node),
      ...(higher && { condensed_uri: `summary://${higher.id}` }),
      ...(note !== undefined && { note }),
    },
  };
}

/** What a model wrote is kept only if what it was written of is still there and shown word for word. */
async function keepable(reader: Reader, { session, commissioned, before: { frontier } }: Now) {
  if (commissioned?.is !== 'written') return undefined;
  const numbers = commissioned.block.map(({ sequence }) => sequence);
  return (await isFree(reader, { session, frontier, numbers })) ? commissioned : undefined;
}

function noteOn(summary: string | undefined, commissioned: Commissioned | undefined): string | undefined {
  if (summary !== undefined) return NOT_SHORTER;
  if (!commissioned) return undefined;
  const why = commissioned.is === 'not_written' ? commissioned.why : 'what it wrote of was changed meanwhile';
  return `The writer did not write this: ${why.replace(/\.$/, '')}.`;
}

const doneBy = ({ id, level, by, covers }: NewSummary): Done => ({
  level,
  ...(by !== undefined && { written_by: by }),
  summary_uri: `summary://${id}`,
  covers: covers.map(([first, last]) => `${first}-${last}`).join(', '),
});

/** A digest that was condensed meanwhile takes its answer as well: what stands above it is made anew. */
async function answer(
  { sources }: Parts,
  reader: Reader,
  { session, counter, summary = '', before, requestId = '' }: Now,
): Promise<Decided> {
  const id = requestId.trim().replace(/^summary:\/\//, '');
  const { frontier, tokens, usable } = before;
  const isAsked = (one: Summary) => one.id === id && one.level === 3;
  const active = frontier.some(isAsked) ? frontier : await activeOf(reader, session.id);
  const node = active.find(isAsked);
  if (!node) throw await closed(reader, session, id);
  const sizing = sizingOf({ usable, divided: { fixed: 0 }, counter });
  // What is not on the frontier takes no room of the context.
  const most = mostFor(node, { tokens: active === frontier ? tokens : 0, usable, sizing });
  const { under } = beneath(reader, session.id);
  const improving = { id: sources.newId('sum'), node, messages: await under(node.covers), most };
  const better = improved(sizing, improving, { text: summary, level: 1 });
  if (!better)
    throw new EngineError(
      'too_large',
      `The summary takes more than ${most} tokens, which is all it may here. Nothing was changed.`,
      'Answer the request again with a shorter one.',
    );
  const above = await condensedAnew({ sources, sizing, active, under }, better);
  if (!above) throw await closed(reader, session, id);
  const top = above.at(-1);
  return {
    summaries: [better, ...above],
    done: { ...doneBy(better), ...(top && { condensed_uri: `summary://${top.id}` }) },
  };
}

async function closed(reader: Reader, session: StoredSession, id: string): Promise<EngineError> {
  const known = await summaryById(reader, id);
  return known?.session_id === session.id
    ? new EngineError(
        'conflict',
        `The request ${id} is closed: it was answered, condensed often or by a model, or rewound.`,
        'Answer the summary_request of the newest reply instead, if there is one.',
      )
    : new EngineError(
        'not_found',
        `Session ${session.id} has no summary request ${JSON.stringify(id.slice(0, 200))}.`,
        'Take request_id from the summary_request of a reply.',
      );
}
