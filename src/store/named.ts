import { namesIn } from '../text/uri-name.js';
import { runByExternalId, runById, type StoredRun } from './runs.js';
import { type StoredSession, sessionByExternalId, sessionById } from './sessions.js';
import type { Reader } from './store.js';

/** An external id as it is stored: NFC, like every key. What is longer than any is none, and could take for ever. */
export const keyOf = (text: string): string => (text.length > LONGEST ? text : text.normalize('NFC')).trim();

const LONGEST = 2000;

/** A run by its id, its `run://` URI or its external id, which never looks like an id. */
export const findRun = (reader: Reader, ref: string): Promise<StoredRun | undefined> =>
  named(reader, ref, { noun: 'run', byId: runById, byExternalId: runByExternalId });

/** A session likewise. */
export const findSession = (reader: Reader, ref: string): Promise<StoredSession | undefined> =>
  named(reader, ref, { noun: 'session', byId: sessionById, byExternalId: sessionByExternalId });

type Lookup<Noun> = (reader: Reader, name: string) => Promise<Noun | undefined>;
type Ways<Noun> = {
  readonly noun: 'run' | 'session';
  readonly byId: Lookup<Noun>;
  readonly byExternalId: Lookup<Noun>;
};

async function named<Noun>(
  reader: Reader,
  ref: string,
  { noun, byId, byExternalId }: Ways<Noun>,
): Promise<Noun | undefined> {
  const names = namesIn(ref, `${noun}://`);
  if (names[0].startsWith(`${noun.slice(0, 3)}_`)) return byId(reader, names[0]);
  for (const name of names) {
    const found = await byExternalId(reader, keyOf(name));
    if (found) return found;
  }
  return undefined;
}
