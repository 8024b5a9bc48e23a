import { EngineError } from '../errors.js';
import { findSession, keyOf } from '../store/named.js';
import type { StoredSession } from '../store/sessions.js';
import type { Reader } from '../store/store.js';
import { textProblem } from '../text/well-formed.js';

/** Throws `not_found`. */
export async function demandSession(reader: Reader, ref: string): Promise<StoredSession> {
  const session = await findSession(reader, ref);
  if (session) return session;
  throw new EngineError(
    'not_found',
    `There is no session ${JSON.stringify(ref.slice(0, 200))}.`,
    'Take the session_id that session_append returned, or open one with session_append; what was purged is gone.',
  );
}

export const isSessionId = (ref: string): boolean => ref.startsWith('ses_');

/** An external id as it is stored: NFC, like every key. Throws `invalid` for one that cannot be. */
export function externalId(text: string): string {
  const key = keyOf(text);
  const problem =
    key === ''
      ? 'is blank'
      : isSessionId(key)
        ? 'begins like an id of ours, ses_'
        : key.startsWith('session://')
          ? 'begins like a URI of ours, session://'
          : textProblem(key);
  if (problem === undefined) return key;
  throw new EngineError('invalid', `The external_id ${problem}.`, 'Give another external_id.');
}
