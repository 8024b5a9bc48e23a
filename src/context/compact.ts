import { EngineError } from '../errors.js';
import { foreseeing, Moved } from '../ledger/foresee.js';
import { hasReply, isAnswered, type Replayable, transact } from '../ledger/ledger.js';
import type { Call } from '../schema/call.js';
import type { SummaryRequest } from '../schema/summary-request.js';
import { describeWritten } from '../scope.js';
import { budgetOf } from '../session/budget.js';
import { messageCounter } from '../session/count.js';
import { demandSession } from '../session/find.js';
import { openRequest } from '../session/frontier.js';
import { requestOf } from '../session/request.js';
import { addSummary } from '../session/summarise.js';
import { dropClaims } from '../store/writer-calls.js';
import { type Redaction, redact } from '../text/redact.js';
import { textProblem } from '../text/well-formed.js';
import { commission } from './commission.js';
import { groundOf, isSame, standOf } from './ground.js';
import type { Parts } from './parts.js';
import { type Asked, demandOpen, type Thinking, think } from './think.js';

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
  const asked = {
    sessionId: known.id,
    counter,
    summary: clean.value.summary,
    requestId: request_id,
    commissioned,
  };
  return foreseeing(async within => {
    const early = within ? undefined : await foreseen(parts, asked, call);
    return transact(parts, call, async writer => {
      if (commissioned?.is === 'written') await dropClaims(writer, [known.id]);
      const { done, summaries, ground } = early ?? (await think(parts, writer, asked));
      const session = await demandOpen(writer, known.id);
      const before = await standOf(parts, writer, session);
      if (!isSame(ground, groundOf(session.last_sequence, before))) throw new Moved();
      for (const node of summaries) await addSummary(parts.sources, writer, node);
      const after = summaries.length > 0 ? await standOf(parts, writer, session) : before;
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
  });
}

/** Before the transaction, unless the call was answered before and its key gets that reply. */
const foreseen = (parts: Parts, asked: Asked, call: Call): Promise<Thinking | undefined> =>
  parts.store.read(call.namespace, async reader =>
    (await hasReply(reader, call)) ? undefined : think(parts, reader, asked),
  );

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
