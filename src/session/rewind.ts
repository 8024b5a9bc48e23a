import { EngineError } from '../errors.js';
import { append, type Replayable, transact } from '../ledger/ledger.js';
import { OUT_OF_REACH } from '../memory/forget.js';
import type { Call } from '../schema/call.js';
import { describeWritten } from '../scope.js';
import { hideFrom, idsFrom, type Placed, placeOf } from '../store/messages.js';
import { type StoredSession, updateSession } from '../store/sessions.js';
import type { Reader, Writer } from '../store/store.js';
import { endSummaries } from '../store/summaries.js';
import { demandSession } from './find.js';
import { summariesToEnd } from './frontier.js';
import { type Parts, streamOf } from './parts.js';
import { purgeMessages, purgeSessions } from './purge.js';

export type Rewinding = {
  readonly session_id: string;
  /** Id, URI or client id. */
  readonly message_id?: string | undefined;
  readonly all?: boolean | undefined;
  readonly purge?: boolean | undefined;
};

export type Rewound = {
  readonly session_id: string;
  /** How many messages were visible and are not any more. */
  readonly hidden: number;
  /** How many were erased for good. */
  readonly purged: number;
  /** Another window still reads the old pages; `mintmark maintain` finishes the erasure. */
  readonly wal_pending?: boolean;
  readonly note?: string;
  readonly scope: string;
};

/**
 * Hides a message and all after it, or with `all` the whole session; with `purge` erases them for good. A message that
 * is hidden already stands for those that were hidden with it, so that repeating a call never takes what came later.
 */
export async function rewind(parts: Parts, input: Rewinding, call: Call): Promise<Replayable<Rewound>> {
  if ((input.message_id === undefined) !== (input.all === true))
    throw new EngineError(
      'invalid',
      input.all ? 'Both message_id and all were given.' : 'Nothing says how far to rewind.',
      'Give message_id for that message and all after it, or all: true for the whole session.',
    );
  const done = await transact(parts, call, async writer => {
    const session = await demandSession(writer, input.session_id);
    const counts = input.all
      ? await rewindAll(parts, writer, { session, input })
      : await rewindTo(parts, writer, { session, input });
    return { session_id: session.id, ...counts, scope: describeWritten(session.scope) };
  });
  if (!input.purge) return done;
  return { ...done, wal_pending: !(await parts.store.settle(call.namespace)), note: OUT_OF_REACH };
}

type Step = { readonly session: StoredSession; readonly input: Rewinding };
type Counts = Pick<Rewound, 'hidden' | 'purged'>;

async function rewindAll(parts: Parts, writer: Writer, { session, input }: Step): Promise<Counts> {
  if (input.purge) {
    const ids = await idsFrom(writer, session.id, { sequence: 0 });
    await purgeSessions(parts, writer, [session.id]);
    return { hidden: 0, purged: ids.length };
  }
  if (session.hidden_at !== null) return { hidden: 0, purged: 0 };
  const at = parts.sources.now();
  const hidden = await hide(parts, writer, { session, from: 0, at });
  await updateSession(writer, { ...session, updated_at: at, hidden_at: at });
  return { hidden, purged: 0 };
}

async function rewindTo(parts: Parts, writer: Writer, { session, input }: Step): Promise<Counts> {
  const { sequence, hidden_at } = await demandPlace(writer, session, input.message_id ?? '');
  if (input.purge) {
    const ids = await idsFrom(writer, session.id, { sequence, hiddenAt: hidden_at ?? undefined });
    const from = hidden_at === null ? sequence : undefined;
    await purgeMessages(parts, writer, { sessionId: session.id, ids, from });
    return { hidden: 0, purged: ids.length };
  }
  if (hidden_at !== null) return { hidden: 0, purged: 0 };
  const at = parts.sources.now();
  const hidden = await hide(parts, writer, { session, from: sequence, at });
  await updateSession(writer, { ...session, updated_at: at });
  return { hidden, purged: 0 };
}

type Hiding = { readonly session: StoredSession; readonly from: number; readonly at: number };

async function hide({ sources }: Parts, writer: Writer, { session, from, at }: Hiding): Promise<number> {
  const count = await hideFrom(writer, session.id, { sequence: from, at });
  const ended = await summariesToEnd(writer, session.id, from);
  await endSummaries(writer, ended, at);
  await append(writer, sources, {
    stream: streamOf(session.id),
    type: 'SESSION_REWOUND',
    at,
    payload: { from, count, ...(from === 0 && { all: true }), ...(ended.length > 0 && { ended }) },
  });
  return count;
}

async function demandPlace(reader: Reader, session: StoredSession, ref: string): Promise<Placed> {
  const place = await placeOf(reader, session.id, ref.trim().replace(/^message:\/\//, ''));
  if (place) return place;
  throw new EngineError(
    'not_found',
    `Session ${session.id} has no message ${JSON.stringify(ref.slice(0, 200))}.`,
    'Take the id from message_ids of session_append, the only one by which hidden messages are known, or give all: true.',
  );
}
