import type { Call } from '../schema/call.js';
import type { Page, Titled } from '../schema/listing.js';
import { scopeToRead } from '../scope.js';
import { completing } from '../store/completing.js';
import { visibleMessages } from '../store/messages.js';
import { type ListedSession, pageSessions, sessionIdsWithPrefix } from '../store/sessions.js';
import type { Reader, Store } from '../store/store.js';
import { titleOf } from '../text/shorten.js';
import { openMessage } from './body.js';

/** Sessions of the home scope and global in order of id, each by its external id or its first words. */
export const listSessions = (store: Store, call: Call, page: Page): Promise<Titled[]> =>
  store.read(call.namespace, async reader => {
    const listed: Titled[] = [];
    for (const session of await pageSessions(reader, { ...page, scope: scopeToRead({}, call.home) }))
      listed.push({ id: session.id, title: titleOf(await textOf(reader, session)) });
    return listed;
  });

export const completeSessionIds = completing(sessionIdsWithPrefix);

async function textOf(reader: Reader, { id, external_id }: ListedSession): Promise<string> {
  if (external_id !== null) return external_id;
  const first = (await visibleMessages(reader, id, { after: 0, limit: 3 })).map(openMessage);
  const said = first.find(({ role }) => role === 'user') ?? first[0];
  const text = said?.parts.find(part => part.type === 'text');
  return text?.text.replace(/\s+/g, ' ').trim() || 'empty session';
}
