import { keepForMessage } from '../blob/keep.js';
import { addMessages, type NewMessage } from '../passage/messages.js';
import { type Body, insertBodies } from '../store/bodies.js';
import { insertMessages, type MessageRow } from '../store/messages.js';
import { type StoredSession, updateSession } from '../store/sessions.js';
import type { Writer } from '../store/store.js';
import { together } from '../store/together.js';
import { callsIn, type Draft, rowOf, sealMessage } from './body.js';
import type { MessageCounter } from './count.js';
import { demandSame, identify } from './identify.js';
import { type Large, type LargeContents, referring } from './large.js';
import type { Parts } from './parts.js';

/** Messages with what each counts and how it was counted. */
export type Placing = {
  readonly drafts: readonly Draft[];
  readonly large: LargeContents;
  readonly tokens: readonly number[];
  readonly counter: MessageCounter;
  /** The ids of those that are new, by place, where they were given before. */
  readonly ids?: readonly string[] | undefined;
};

export type Placed = {
  readonly session: StoredSession;
  readonly ids: readonly string[];
  readonly skipped: number;
  /** Whether another window stored one of their blobs first, so that they refer to another id than was foreseen. */
  readonly moved: boolean;
  /** Salted hashes of the new bodies, by message. */
  readonly bodies: Readonly<Record<string, string>>;
  /** Tool calls among the new messages, in order. */
  readonly calls: ReturnType<typeof callsIn>;
};

type Into = {
  readonly session: StoredSession;
  readonly placing: Placing;
  readonly at: number;
  /** Whether something else about the session changes with them. */
  readonly touched: boolean;
};

/** Writes those that are not there yet after the session's newest message, and says where each is. */
export async function placeMessages(
  { sources, options }: Pick<Parts, 'sources' | 'options'>,
  writer: Writer,
  { session, placing, at, touched }: Into,
): Promise<Placed> {
  const { drafts, large, tokens, counter, ids } = placing;
  const newId = (index: number) => ids?.[index] ?? sources.newId('msg');
  const identified = demandSame(await identify(writer, session.id, { drafts, newId }));
  const fresh = identified.filter(({ known }) => !known);
  const last_sequence = session.last_sequence + fresh.length;
  const updated_at = touched || fresh.length > 0 ? at : session.updated_at;
  const next = { ...session, last_sequence, hidden_at: null, updated_at };
  const bodies: Body[] = [];
  const rows: MessageRow[] = [];
  const messages: NewMessage[] = [];
  let elsewhere = 0;
  for (const [offset, { id, draft, index }] of fresh.entries()) {
    const sequence = session.last_sequence + 1 + offset;
    const moved = await keepLarge({ sources }, writer, { messageId: id, session, large: large[index] ?? [] });
    elsewhere += moved.size;
    const kept = referring(draft, large[index] ?? [], { ...options, idOf: one => moved.get(one) ?? one.id });
    const counted = moved.size > 0 ? counter.count(kept) : (tokens[index] ?? 0);
    const message = { ...kept, sequence, tokens: counted, tokenizer: counter.tokenizer };
    const body = sealMessage(id, sources.newSalt(), message);
    bodies.push(body);
    rows.push({ id, session_id: session.id, ...rowOf(message), created_at: at, hidden_at: null });
    messages.push({ ...kept, id, sequence, created_at: at, hidden_at: null });
  }
  await together([
    updateSession(writer, next),
    insertBodies(writer, bodies),
    insertMessages(writer, rows),
    addMessages(writer, { session, messages }),
  ]);
  return {
    session: next,
    ids: identified.map(({ id }) => id),
    skipped: identified.length - fresh.length,
    moved: elsewhere > 0,
    bodies: Object.fromEntries(bodies.map(({ owner, hash }) => [owner, hash])),
    calls: fresh.flatMap(({ draft }) => callsIn(draft)),
  };
}

type KeepingLarge = {
  readonly messageId: string;
  readonly session: StoredSession;
  readonly large: readonly Large[];
};

/** Returns the ids of those that another window has stored since they were looked up. */
async function keepLarge(
  ground: Pick<Parts, 'sources'>,
  writer: Writer,
  { messageId, session, large }: KeepingLarge,
): Promise<ReadonlyMap<Large, string>> {
  const moved = new Map<Large, string>();
  for (const one of large) {
    const owned = { scope: session.scope, session_id: session.id };
    const id = await keepForMessage(ground, writer, { ...one, ...owned, messageId });
    if (id !== one.id) moved.set(one, id);
  }
  return moved;
}
