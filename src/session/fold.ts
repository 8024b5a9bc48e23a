import type { Scope } from '../schema/scope.js';
import { normalise } from '../scope.js';
import type { ReadEvent } from '../store/run-events.js';
import type { SessionRow } from '../store/sessions.js';
import type { SummaryRow } from '../store/summaries.js';
import { canonicalJson } from '../text/hash.js';
import type { Settings } from './opening.js';
import type { Runs } from './runs.js';

/** What came with one event: message numbers `first` to `last`. Times are Unix milliseconds. */
type Appended = { readonly first: number; readonly last: number; readonly at: number };

type Hidden = { readonly from: number; readonly at: number; readonly event: number };

/** What the ledger alone says about a session. */
export type FoldedSession = {
  readonly row: Omit<SessionRow, 'id'> & { readonly scope_key: string };
  /** By event. Like the others it grows in place: a copy an event would take the square of a long history. */
  readonly appended: Map<number, Appended>;
  readonly hides: Hidden[];
  /** The event that brought each message that was not purged. */
  readonly messages: Map<string, number>;
  readonly summaries: Map<string, SummaryRow>;
};

type Payload = {
  readonly external_id?: string | null;
  readonly scope?: Scope;
  readonly settings?: Settings;
  readonly first?: number;
  readonly last?: number;
  readonly bodies?: Readonly<Record<string, string>>;
  readonly from?: number;
  readonly all?: boolean;
  readonly ids?: readonly string[];
  readonly summary_id?: string;
  readonly covers?: Runs;
  readonly parents?: readonly string[];
  /** Summaries that stand no longer. */
  readonly ended?: readonly string[];
} & Partial<Settings> &
  Partial<Pick<SummaryRow, 'level' | 'covered_tokens' | 'tokens' | 'tokenizer'>>;

/** The session after one more event of its stream: state is the fold of the ledger. Undefined when it was purged. */
export function step(
  session: FoldedSession | undefined,
  id: string,
  { sequence: event, type, at, content }: ReadEvent,
): FoldedSession | undefined {
  const payload: Payload = content === null ? {} : JSON.parse(content);
  if (!session) return type === 'SESSION_OPENED' && content !== null ? opened(payload, at) : undefined;
  for (const ended of payload.ended ?? []) end(session, ended, at);
  switch (type) {
    case 'MESSAGES_APPENDED':
      return appended(session, payload, { at, event });
    case 'SESSION_REPLACED':
      return hidden(session, { from: 0, at, event });
    case 'SESSION_REWOUND': {
      const after = hidden(session, { from: payload.from ?? 0, at, event });
      return payload.all ? { ...after, row: { ...after.row, hidden_at: at } } : after;
    }
    case 'PURGE':
      if (payload.ids?.includes(id)) return undefined;
      for (const gone of payload.ids ?? []) {
        session.messages.delete(gone);
        session.summaries.delete(gone);
      }
      return session;
    case 'SESSION_COMPACTED':
      return compacted(session, id, { payload, at });
    default:
      return session;
  }
}

/** When a message that came with an event was hidden, if it was. */
export const hiddenAt = ({ hides }: FoldedSession, sequence: number, event: number): number | null =>
  hides.find(hide => hide.from <= sequence && hide.event > event)?.at ?? null;

const opened = (payload: Payload, at: number): FoldedSession => ({
  row: {
    external_id: payload.external_id ?? null,
    scope_key: canonicalJson(normalise(payload.scope ?? {})),
    trust: payload.trust ?? 'agent',
    model: payload.model ?? null,
    context_limit: payload.context_limit ?? null,
    max_output: payload.max_output ?? null,
    last_sequence: 0,
    created_at: at,
    updated_at: at,
    hidden_at: null,
  },
  appended: new Map(),
  hides: [],
  messages: new Map(),
  summaries: new Map(),
});

type When = { readonly at: number; readonly event: number };

function appended(session: FoldedSession, payload: Payload, { at, event }: When): FoldedSession {
  const { first = 1, last = 0, bodies = {}, settings = {} } = payload;
  for (const id of Object.keys(bodies)) session.messages.set(id, event);
  session.appended.set(event, { first, last, at });
  const row = { ...session.row, ...settings, last_sequence: last, updated_at: at, hidden_at: null };
  return { ...session, row };
}

function hidden(session: FoldedSession, hide: Hidden): FoldedSession {
  session.hides.push(hide);
  return { ...session, row: { ...session.row, updated_at: hide.at } };
}

function compacted(
  session: FoldedSession,
  session_id: string,
  { payload, at }: { readonly payload: Payload; readonly at: number },
): FoldedSession {
  const { summary_id = '', covers = [], parents = [], level = 3, tokenizer = '' } = payload;
  session.summaries.set(summary_id, {
    id: summary_id,
    session_id,
    level,
    first_sequence: covers[0]?.[0] ?? 0,
    last_sequence: covers.at(-1)?.[1] ?? 0,
    covers: JSON.stringify(covers),
    parents: JSON.stringify(parents),
    covered_tokens: payload.covered_tokens ?? 0,
    tokens: payload.tokens ?? 0,
    tokenizer,
    created_at: at,
    ended_at: null,
  });
  return session;
}

function end({ summaries }: FoldedSession, id: string, at: number): void {
  const summary = summaries.get(id);
  if (summary) summaries.set(id, { ...summary, ended_at: at });
}
