import { messagesToIndex, type NounKind, pageNouns, sessionsToIndex } from '../store/passage-rows.js';
import { sessionById } from '../store/sessions.js';
import type { Store, Writer } from '../store/store.js';
import { isUnindexed, markIndexed } from '../store/unindexed.js';
import { addPassages } from './add.js';
import { withWords } from './index-text.js';
import { addMessages } from './messages.js';
import type { Piece } from './piece.js';
import { NOUN_KINDS, opened, piecesOfNoun, scopeOf } from './verify.js';

/** So few at a time that others can write in between; what is done stays done when it is stopped. */
const PAGE = 100;

type Building = { readonly store: Store; readonly namespace: string; readonly signal?: AbortSignal };

/** The same where an earlier version left something, as far as is known without looking at everything. */
export async function buildWhatIsLeft({ store, namespace, signal }: Building): Promise<void> {
  if (await store.read(namespace, isUnindexed))
    await buildPassages({ store, namespace, ...(signal && { signal }) });
}

/**
 * Makes findable what was written before there were passages, messages first. Others may be at it too: each page is
 * what is still missing when it is written. Returns how many nouns.
 */
export async function buildPassages(building: Building): Promise<number> {
  const { store, namespace, signal } = building;
  let built = 0;
  for (const sessionId of await store.read(namespace, sessionsToIndex))
    built += await inPages<number>(building, 0, async after => {
      const page = await store.write(namespace, writer => buildMessages(writer, sessionId, after));
      return { count: page.length, last: page.at(-1)?.sequence };
    });
  for (const kind of NOUN_KINDS)
    built += await inPages<string>(building, '', async after => {
      const page = await buildNouns(building, kind, after);
      return { count: page.length, last: page.at(-1)?.owner };
    });
  if (!signal?.aborted && (await store.read(namespace, isUnindexed)))
    await store.write(namespace, markIndexed);
  return built;
}

type Page<Place> = { readonly count: number; readonly last: Place | undefined };

async function inPages<Place>(
  { signal }: Building,
  from: Place,
  take: (after: Place) => Promise<Page<Place>>,
): Promise<number> {
  let built = 0;
  for (let after: Place | undefined = from; after !== undefined && !signal?.aborted; ) {
    const { count, last }: Page<Place> = await take(after);
    built += count;
    after = last;
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

/** Their words are found before the transaction, as those of a blob take long. */
async function buildNouns({ store, namespace }: Building, kind: NounKind, after: string) {
  const missing = { after, limit: kind === 'blob' ? 1 : PAGE, missing: true };
  const ready = new Map<string, readonly Piece[]>();
  await store.read(namespace, async reader => {
    for (const noun of await pageNouns(reader, kind, missing))
      ready.set(noun.owner, withWords(await piecesOfNoun(reader, noun)));
  });
  if (ready.size === 0) return [];
  return store.write(namespace, async writer => {
    const nouns = await pageNouns(writer, kind, missing);
    for (const noun of nouns) {
      const pieces = ready.get(noun.owner) ?? (await piecesOfNoun(writer, noun));
      await addPassages(writer, { ...noun, scope: scopeOf(noun.scope_key) }, pieces);
    }
    return nouns;
  });
}
