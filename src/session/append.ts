import { foreseeing } from '../ledger/foresee.js';
import { append, type Replayable, transact } from '../ledger/ledger.js';
import type { DoomLoop } from '../run/loops.js';
import type { Call } from '../schema/call.js';
import type { GivenMessage } from '../schema/message.js';
import type { SummaryRequest } from '../schema/summary-request.js';
import { describeWritten } from '../scope.js';
import { countSince } from '../store/events.js';
import { hideFrom, lastCalling } from '../store/messages.js';
import type { StoredSession } from '../store/sessions.js';
import type { Writer } from '../store/store.js';
import { endSummaries } from '../store/summaries.js';
import type { Redaction } from '../text/redact.js';
import { type Draft, openBody } from './body.js';
import { budgetOf } from './budget.js';
import { warnOfLoops } from './calls.js';
import { cleanMessages } from './clean.js';
import { messageCounter } from './count.js';
import { type Foreseen, foresee } from './foresee.js';
import { openRequest, summariesToEnd } from './frontier.js';
import { checkMessages } from './given.js';
import { findLarge, referring } from './large.js';
import { demandSame, namedSession, type Opening, openSession, sameSettings, settings } from './opening.js';
import { type Parts, streamOf, type Upkeep } from './parts.js';
import { type Placed, type Placing, placeMessages } from './place.js';
import { requestOf } from './request.js';
import { fullnessOf, type Usage } from './usage.js';

export type Appending = Opening & {
  /** Hide what was there and write these messages anew. */
  readonly replace?: boolean | undefined;
  readonly messages: readonly (GivenMessage | Readonly<Record<string, unknown>>)[];
};

export type Appended = {
  readonly session_id: string;
  /** In the order of the messages given; of one that was there already its own. */
  readonly message_ids: readonly string[];
  readonly created?: true;
  /** How many were there already, under the same client id and with the same content. */
  readonly skipped?: number;
  readonly context: Usage;
  /** Summaries that were made since messages were appended the last time. */
  readonly maintenance: Readonly<Record<string, number>>;
  /** The oldest summary made without a model: context_compact with this id takes a better one. */
  readonly summary_request?: SummaryRequest;
  readonly doom_loop?: DoomLoop;
  readonly redacted?: readonly Redaction[];
  readonly scope: string;
};

/**
 * Appends messages to a session, all or none, in the order of the server. What a client sends again under the same
 * id is kept once. Throws `not_found` for an unknown session, `conflict` for an id that has another content.
 */
export async function appendMessages(
  parts: Parts & { readonly upkeep: Upkeep },
  { messages, replace = false, ...asked }: Appending,
  call: Call,
): Promise<Replayable<Appended>> {
  const { drafts, redactions } = await cleanMessages(checkMessages(messages), parts.options.redact);
  return foreseeing(async within => {
    const { placing, foreseen } = await prepared(parts, { drafts, asked, call, replace, within });
    return transact(parts, call, async writer => {
      const known = await namedSession(writer, asked);
      if (known) demandSame(known, asked, call);
      const opened = known ?? (await openSession(parts, writer, { asked, call }));
      const meanwhile = known ? await compactionsSinceAppend(writer, known.id) : 0;
      const { placed, session } = await write(parts, writer, { session: opened, asked, placing, replace });
      const thought = foreseen && isAsForeseen(placed, foreseen) ? foreseen.thought : undefined;
      const { counter } = placing;
      const compacted = meanwhile + (await parts.upkeep.keep(writer, { session, counter, thought, within }));
      const { frontier, usage } = await fullnessOf(writer, session, parts.options);
      const open = openRequest(frontier);
      const loop = await warnOfLoops(parts, writer, { session, calls: placed.calls });
      return {
        session_id: session.id,
        message_ids: placed.ids,
        ...(!known && { created: true }),
        ...(placed.skipped > 0 && { skipped: placed.skipped }),
        context: usage,
        maintenance: { ...(compacted > 0 && { compacted }) },
        ...(open && { summary_request: requestOf(open) }),
        ...(loop && { doom_loop: loop }),
        ...(redactions.length > 0 && { redacted: redactions }),
        scope: describeWritten(session.scope),
      };
    });
  });
}

const isAsForeseen = ({ ids, moved }: Placed, foreseen: Foreseen): boolean =>
  !moved && ids.every((id, at) => id === foreseen.ids[at]);

const compactionsSinceAppend = (writer: Writer, sessionId: string): Promise<number> =>
  countSince(writer, streamOf(sessionId), { type: 'SESSION_COMPACTED', since: 'MESSAGES_APPENDED' });

type Given = {
  readonly drafts: readonly Draft[];
  readonly asked: Opening;
  readonly call: Call;
  readonly replace: boolean;
  readonly within: boolean;
};
type Prepared = { readonly placing: Placing; readonly foreseen: Foreseen | undefined };

/** Newest messages with calls among which the call of an output is looked for. */
const CALLS_BEFORE = 20;

/** Counting, compressing, outlining and compacting take time and so come before the transaction, in which they would hold everybody up. */
async function prepared(
  parts: Parts & { readonly upkeep: Upkeep },
  { drafts, asked, call, replace, within }: Given,
): Promise<Prepared> {
  const { known, earlier } = await parts.store.read(call.namespace, async reader => {
    const session = await namedSession(reader, asked);
    const calling = session ? await lastCalling(reader, session.id, CALLS_BEFORE) : [];
    return { known: session, earlier: calling.map(({ content }) => openBody(content)) };
  });
  const counter = await messageCounter(budgetOf(parts.options, settings(known, asked)));
  const large = await findLarge(parts, drafts, { namespace: call.namespace, earlier });
  const { blobTokens } = parts.options;
  const tokens = drafts.map((draft, index) =>
    counter.count(referring(draft, large[index] ?? [], { blobTokens, idOf: ({ id }) => id })),
  );
  const placing = { drafts, large, tokens, counter };
  if (within) return { placing, foreseen: undefined };
  const foreseen = await parts.store.read(call.namespace, reader =>
    foresee(parts, reader, { asked, placing, replace }),
  );
  return { placing: { ...placing, ids: foreseen?.ids }, foreseen };
}

type Writing = {
  readonly session: StoredSession;
  readonly asked: Opening;
  readonly placing: Placing;
  readonly replace: boolean;
};

async function write(parts: Parts, writer: Writer, { session, asked, placing, replace }: Writing) {
  const { sources } = parts;
  const at = sources.now();
  const stream = streamOf(session.id);
  const hidden = replace ? await hideFrom(writer, session.id, { sequence: 0, at }) : 0;
  if (hidden > 0) {
    const ended = await summariesToEnd(writer, session.id, 0);
    await endSummaries(writer, ended, at);
    const payload = { count: hidden, ...(ended.length > 0 && { ended }) };
    await append(writer, sources, { stream, type: 'SESSION_REPLACED', at, payload });
  }
  const next = settings(session, asked);
  const changes = !sameSettings(session, next);
  const revived = session.hidden_at !== null;
  const into = { session: { ...session, ...next }, placing, at, touched: changes || revived || hidden > 0 };
  const placed = await placeMessages(parts, writer, into);
  const first = session.last_sequence + 1;
  const last = placed.session.last_sequence;
  if (last >= first || changes || revived)
    await append(writer, sources, {
      stream,
      type: 'MESSAGES_APPENDED',
      at,
      payload: { first, last, bodies: placed.bodies, ...(changes && { settings: next }) },
    });
  return { placed, session: placed.session };
}
