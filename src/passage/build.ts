import { messagesToIndex, pageNouns, sessionsToIndex } from '../store/passage-rows.js';
import { sessionById } from '../store/sessions.js';
import type { Store, Writer } from '../store/store.js';
import { addPassages } from './add.js';
import { addMessages } from './messages.js';
import { NOUN_KINDS, opened, piecesOfNoun, scopeOf } from './verify.js';

/** So few at a time that others can write in between; what is done stays done when it is stopped. */
const PAGE = 100;

/** Makes findable what was written before there were passages, messages first. Returns how many nouns. */
export async function buildPassages(store: Store, namespace: string): Promise<number> {
  let built = 0;
  for (const sessionId of await store.read(namespace, sessionsToIndex))
    for (let after: number | undefined = 0; after !== undefined; ) {
      const from: number = after;
      const page = await store.write(namespace, writer => buildMessages(writer, sessionId, from));
      built += page.length;
      after = page.at(-1)?.sequence;
    }
  for (const kind of NOUN_KINDS)
    for (let after: string | undefined = ''; after !== undefined; ) {
      const from: string = after;
      const page = await store.write(namespace, writer => buildNouns(writer, kind, from));
      built += page.length;
      after = page.at(-1)?.owner;
    }
  return built;
}

async function buildMessages(writer: Writer, sessionId: string, after: number) {
  const session = await sessionById(writer, sessionId);
  const found = session ? await messagesToIndex(writer, sessionId, { after, limit: PAGE }) : [];
  const messages = found.map(({ content, ...row }) => opened(content, row));
  if (session) await addMessages(writer, { session, messages, before: true });
  return messages;
}

async function buildNouns(writer: Writer, kind: (typeof NOUN_KINDS)[number], after: string) {
  const limit = kind === 'blob' ? 1 : PAGE;
  const nouns = await pageNouns(writer, kind, { after, limit, missing: true });
  for (const noun of nouns) {
    const pieces = await piecesOfNoun(writer, noun);
    await addPassages(writer, { ...noun, scope: scopeOf(noun.scope_key) }, pieces);
  }
  return nouns;
}
