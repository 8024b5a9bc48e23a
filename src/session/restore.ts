import { append } from '../ledger/ledger.js';
import type { Scope } from '../schema/scope.js';
import type { StoredSession } from '../store/sessions.js';
import type { Writer } from '../store/store.js';
import { MOST_MESSAGES } from './given.js';
import { insertOpened, type Settings } from './opening.js';
import { type Parts, streamOf } from './parts.js';
import { type Placing, placeMessages } from './place.js';

export type Restoring = {
  readonly scope: Scope;
  readonly settings: Settings;
  readonly placing: Placing;
  /** Where it came from, for its first event. */
  readonly imported: object;
};

/** A session here that goes on where one elsewhere stopped: a stream of its own, its messages numbered from 1. */
export async function restoreSession(
  { sources, options }: Pick<Parts, 'sources' | 'options'>,
  writer: Writer,
  { scope, settings, placing, imported }: Restoring,
): Promise<{ readonly id: string; readonly message_ids: readonly string[] }> {
  const at = sources.now();
  const times = { created_at: at, updated_at: at, hidden_at: null };
  const id = sources.newId('ses');
  let session: StoredSession = { id, external_id: null, ...settings, last_sequence: 0, ...times, scope };
  await insertOpened(sources, writer, { session, imported });
  const message_ids: string[] = [];
  for (let start = 0; start < placing.drafts.length; start += MOST_MESSAGES) {
    const some = within(placing, start);
    const placed = await placeMessages({ sources, options }, writer, {
      session,
      placing: some,
      at,
      touched: false,
    });
    const { bodies } = placed;
    const payload = { first: session.last_sequence + 1, last: placed.session.last_sequence, bodies };
    await append(writer, sources, { stream: streamOf(id), type: 'MESSAGES_APPENDED', at, payload });
    message_ids.push(...placed.ids);
    session = placed.session;
  }
  return { id, message_ids };
}

const within = ({ drafts, large, tokens, counter }: Placing, start: number): Placing => {
  const end = start + MOST_MESSAGES;
  return {
    drafts: drafts.slice(start, end),
    large: large.slice(start, end),
    tokens: tokens.slice(start, end),
    counter,
  };
};
