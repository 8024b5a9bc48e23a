import { EngineError } from '../errors.js';
import { isAnswered, type Replayable, transact } from '../ledger/ledger.js';
import type { Call } from '../schema/call.js';
import type { SummaryRequest } from '../schema/summary-request.js';
import { describeWritten } from '../scope.js';
import { budgetOf } from '../session/budget.js';
import { type MessageCounter, messageCounter } from '../session/count.js';
import { messagesUnder } from '../session/expand.js';
import { demandSession } from '../session/find.js';
import { frontierOf, openRequest, type Summary } from '../session/frontier.js';
import { requestOf } from '../session/request.js';
import { addSummary } from '../session/summarise.js';
import { usageOf } from '../session/usage.js';
import type { StoredSession } from '../store/sessions.js';
import type { Writer } from '../store/store.js';
import { summaryById } from '../store/summaries.js';
import { dropClaims } from '../store/writer-calls.js';
import { type Redaction, redact } from '../text/redact.js';
import { textProblem } from '../text/well-formed.js';
import { divide, oldest, tailOf } from './block.js';
import { type Commissioned, commission } from './commission.js';
import { isFree } from './commit.js';
import { condense, digested, improved, written } from './cover.js';
import { measureBy } from './measure.js';
import type { Parts } from './parts.js';
import { mostFor } from './survey.js';
import { KEPT_GROUPS, ordered, sizingOf } from './upkeep.js';

export type Compacting = {
  /** Id, URI or external id. */
  readonly session_id: string;
  /** What the caller wrote of the oldest messages, or of those of a request. */
  readonly summary?: string | undefined;
  /** The summary request that is answered. */
  readonly request_id?: string | undefined;
};

export type Compacted = {
  readonly session_id: string;
  /** 1: under headings; 2: a model's five lines; 3: made without a model. Absent when nothing was left to compact. */
  readonly level?: 1 | 2 | 3;
  /** The model that wrote it. */
  readonly written_by?: string;
  readonly tokens_before: number;
  readonly tokens_after: number;
  readonly summary_uri?: string;
  /** Numbers of the messages that are under it. */
  readonly covers?: string;
  /** Into which several summaries, this one among them, were condensed. */
  readonly condensed_uri?: string;
  /** The oldest that waits for an answer. */
  readonly summary_request?: SummaryRequest;
  readonly note?: string;
  readonly redacted?: readonly Redaction[];
  readonly scope: string;
};

const NOTHING =
  'Nothing is left to compact: what is not summarised yet stays word for word. Nothing was changed.';
const NOT_SHORTER =
  'The summary given was no shorter than what it covers, or over a quarter of the context: one made without a model stands in.';
const MORE = 'The writer reads no more at once: call again for the messages after these.';

/**
 * Puts the oldest messages of a session under a summary: all but system messages, the newest of the user and the newest
 * four call/result groups. It is what the caller wrote, else what the writer does, else made without a model. With
 * request_id puts what the caller wrote in the place of a summary made without a model.
 * Throws `not_found`, `invalid`, `conflict` for a request that is closed and `too_large` for an answer that is.
 */
export async function compact(
  parts: Parts,
  { session_id, summary, request_id }: Compacting,
  call: Call,
): Promise<Replayable<Compacted>> {
  const clean = await redact({ summary: checked(summary, request_id) }, parts.options.redact);
  const known = await parts.store.read(call.namespace, reader => demandSession(reader, session_id));
  const counter = await messageCounter(budgetOf(parts.options, known));
  const wanted = summary === undefined && request_id === undefined && !(await isAnswered(parts.store, call));
  const commissioned = wanted ? await commission(parts, known.id, call) : undefined;
  return transact(parts, call, async writer => {
    const session = await demandOpen(writer, session_id);
    const before = await usageNow(parts, writer, session);
    const asked = { session, counter, summary: clean.value.summary, commissioned, before };
    const done =
      request_id === undefined
        ? await coverOldest(parts, writer, asked)
        : await answer(parts, writer, { ...asked, requestId: request_id });
    const after = await usageNow(parts, writer, session);
    const open = openRequest(after.frontier);
    return {
      session_id: session.id,
      ...done,
      tokens_before: before.tokens,
      tokens_after: after.tokens,
      ...(open && { summary_request: requestOf(open) }),
      ...(clean.redactions.length > 0 && { redacted: clean.redactions }),
      scope: describeWritten(session.scope),
    };
  });
}

function checked(summary: string | undefined, requestId: string | undefined): string | undefined {
  const problem =
    summary === undefined
      ? requestId !== undefined && 'is missing, and request_id asks for one'
      : summary.trim() === ''
        ? 'is blank'
        : textProblem(summary);
  if (!problem) return summary;
  throw new EngineError('invalid', `The summary ${problem}.`, 'Give what you would want to read instead.');
}

async function demandOpen(writer: Writer, ref: string): Promise<StoredSession> {
  const session = await demandSession(writer, ref);
  if (session.hidden_at === null) return session;
  throw new EngineError('not_found', `Session ${session.id} was deleted.`, 'Append to it again first.');
}

type Now = { readonly frontier: readonly Summary[]; readonly tokens: number; readonly usable: number };

async function usageNow({ options }: Parts, writer: Writer, session: StoredSession): Promise<Now> {
  const frontier = await frontierOf(writer, session.id);
  const { tokens, usable } = await usageOf(writer, { session, frontier }, options);
  return { frontier, tokens, usable };
}

type Asked = {
  readonly session: StoredSession;
  readonly counter: MessageCounter;
  readonly summary: string | undefined;
  readonly commissioned: Commissioned | undefined;
  readonly before: Now;
};
type Done = Pick<Compacted, 'level' | 'written_by' | 'summary_uri' | 'covers' | 'condensed_uri' | 'note'>;

async function coverOldest({ sources }: Parts, writer: Writer, asked: Asked): Promise<Done> {
  const { session, counter, summary, commissioned, before } = asked;
  const divided = divide(await tailOf(writer, session.id, before.frontier), measureBy(counter));
  const block = oldest(divided, { keep: KEPT_GROUPS, spare: 0 });
  const sizing = sizingOf({ usable: before.usable, divided, counter });
  const paid = await keepable(writer, asked);
  const covering = { id: sources.newId('sum'), sessionId: session.id, block };
  const given = summary !== undefined && written(sizing, covering, { text: summary, level: 1 });
  const draft = block.length === 0 ? undefined : paid?.draft || given || digested(sizing, covering);
  if (!draft) return { note: NOTHING };
  const node = await addSummary(sources, writer, draft);
  const higher = await condense({ sources, writer, sizing }, ordered([...before.frontier, node]));
  const less = paid && paid.block.length < block.length;
  const note = less ? MORE : node.level === 3 ? noteOn(summary, commissioned) : undefined;
  return {
    ...doneBy(node),
    ...(higher && { condensed_uri: `summary://${higher.id}` }),
    ...(note !== undefined && { note }),
  };
}

/** What a model wrote is kept only if what it was written of is still there and shown word for word. */
async function keepable(writer: Writer, { session, commissioned, before: { frontier } }: Asked) {
  if (commissioned?.is !== 'written') return undefined;
  await dropClaims(writer, [session.id]);
  const numbers = commissioned.block.map(({ sequence }) => sequence);
  return (await isFree(writer, { session, frontier, numbers })) ? commissioned : undefined;
}

function noteOn(summary: string | undefined, commissioned: Commissioned | undefined): string | undefined {
  if (summary !== undefined) return NOT_SHORTER;
  if (!commissioned) return undefined;
  const why = commissioned.is === 'not_written' ? commissioned.why : 'what it wrote of was changed meanwhile';
  return `The writer did not write this: ${why.replace(/\.$/, '')}.`;
}

const doneBy = ({ id, level, by, covers }: Summary): Done => ({
  level,
  ...(by !== undefined && { written_by: by }),
  summary_uri: `summary://${id}`,
  covers: covers.map(([first, last]) => `${first}-${last}`).join(', '),
});

async function answer(
  { sources }: Parts,
  writer: Writer,
  { session, counter, summary = '', before, requestId }: Asked & { readonly requestId: string },
): Promise<Done> {
  const { frontier, tokens, usable } = before;
  const id = requestId.trim().replace(/^summary:\/\//, '');
  const node = frontier.find(one => one.id === id && one.level === 3);
  if (!node) throw await closed(writer, session, id);
  const sizing = sizingOf({ usable, divided: { fixed: 0 }, counter });
  const messages = await messagesUnder(writer, node);
  const most = mostFor(node, { tokens, usable, sizing });
  const improving = { id: sources.newId('sum'), node, messages, most };
  const better = improved(sizing, improving, { text: summary, level: 1 });
  if (better) return doneBy(await addSummary(sources, writer, better));
  throw new EngineError(
    'too_large',
    `The summary takes more than ${most} tokens, which is all it may here. Nothing was changed.`,
    'Answer the request again with a shorter one.',
  );
}

async function closed(writer: Writer, session: StoredSession, id: string): Promise<EngineError> {
  const known = await summaryById(writer, id);
  return known?.session_id === session.id
    ? new EngineError(
        'conflict',
        `The request ${id} is closed: it was answered, condensed or rewound.`,
        'Answer the summary_request of the newest reply instead, if there is one.',
      )
    : new EngineError(
        'not_found',
        `Session ${session.id} has no summary request ${JSON.stringify(id.slice(0, 200))}.`,
        'Take request_id from the summary_request of a reply.',
      );
}
