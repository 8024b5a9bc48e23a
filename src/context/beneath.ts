import type { Message } from '../schema/message.js';
import { messagesUnder } from '../session/expand.js';
import { activeOf, type Summary } from '../session/frontier.js';
import type { Runs } from '../session/runs.js';
import type { Reader } from '../store/store.js';

/** What summaries of a session are made of, read only where one is made. */
export type Beneath = {
  /** All summaries that stand in the session. */
  active(): Promise<readonly Summary[]>;
  under(covers: Runs): Promise<readonly Message[]>;
};

export const beneath = (reader: Reader, session_id: string): Beneath => ({
  active: () => activeOf(reader, session_id),
  under: covers => messagesUnder(reader, { session_id, covers }),
});
