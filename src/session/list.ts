import type { Call } from '../schema/call.js';
import { scopeToRead } from '../scope.js';
import { visibleMessages } from '../store/messages.js';
import { type ListedSession, pageSessions, sessionIdsWithPrefix } from '../store/sessions.js';
import type { Reader, Store } from '../store/store.js';
import { titleOf } from '../text/shorten.js';
import { openMessage } from './body.js';

export type TitledSession = { readonly id: string; readonly title: string };
export type Page = { readonly afterId?: string | undefined; readonly limit: number };

/** Sessions of the home scope and global in order of id, each by its external id or its first words. */
export const listSessions = (store: Store, call: Call, page: Page): Promise<TitledSession[]> =>
  store.read(call.namespace, async reader => {
    const listed: TitledSession[] = [];
    for (const session of await pageSessions(reader, { ...page, scope: homeOf(call) }))
      listed.push({ id: session.id, title: titleOf(await textOf(reader, session)) });
    return listed;
  });

/** Ids of the home scope and global that begin with what was typed, newest first. */
export const completeSessionIds = (store: Store, call: Call, prefix: string): Promise<string[]> =>
  store.read(call.namespace, async reader => {
    const rows = await sessionIdsWithPrefix(reader, prefix, { scope: homeOf(call), limit: 100 });
    return rows.map(row => row.id);
  });

async function textOf(reader: Reader, { id, external_id }: ListedSession): Promise<string> {
  if (external_id !== null) return external_id;
  const first = (await visibleMessages(reader, id, { after: 0, limit: 3 })).map(openMessage);
  const said = first.find(({ role }) => role === 'user') ?? first[0];
  const text = said?.parts.find(part => part.type === 'text');
  return text?.text.replace(/\s+/g, ' ').trim() || 'empty session';
}

const homeOf = ({ home }: Call) => scopeToRead({}, home);
