import type { Engine } from '../library.js';
import type { Call } from '../schema/call.js';
import type { HitKind } from '../schema/hit-kind.js';
import type { ProposedChange } from '../schema/memory.js';
import type { GivenMessage } from '../schema/message.js';
import type { Search } from '../search/search.js';
import type { Corpus, Stated } from './corpus.js';
import { type Answer, DEEPEST } from './score.js';

/** A corpus in a namespace of an engine. */
export type Stored = {
  readonly corpus: Corpus;
  readonly call: Call;
  /** The corpus's ids by URI. */
  readonly ids: ReadonlyMap<string, string>;
};

/** How far long work has come, counted from the start. */
export type Heard = (done: number) => void;

const BATCH = 100;
/** Enough for the deepest figure at any length of ids. */
const REPLY_TOKENS = 20_000;
const silent: Heard = () => undefined;

/** Stores a corpus through the engine as a client would, and waits until it is found by meaning too. */
export async function storeCorpus(
  engine: Engine,
  corpus: Corpus,
  { namespace, heard = silent }: { readonly namespace: string; readonly heard?: Heard },
): Promise<Stored> {
  // The person who measures stands behind what is measured, so that nothing waits for a review.
  const call = engine.call({ namespace, trust: 'user' });
  const ids = new Map<string, string>();
  const note = (uri: string, id: string) => {
    ids.set(uri, id);
    if (ids.size % BATCH === 0) heard(ids.size);
  };
  await storeMemories(engine, corpus.memories, { call, note });
  for (const messages of corpus.sessions) await storeSession(engine, messages, { call, note });
  await engine.settled();
  return { corpus, call, ids };
}

type Storing = { readonly call: Call; readonly note: (uri: string, id: string) => void };

async function storeMemories(
  engine: Engine,
  memories: readonly Stated[],
  { call, note }: Storing,
): Promise<void> {
  const stored = new Map<string, string>();
  for (const batch of batches(memories)) {
    const changes = batch.map(stated => change(stated, stored));
    const proposed = await engine.memories.propose({ changes, commit: true }, call);
    if (proposed.status === 'needs_review')
      await engine.memories.decide({ batch_id: proposed.batch_id }, call);
    for (const { index, memory_id = '' } of proposed.changes) {
      const id = batch[index]?.id ?? '';
      stored.set(id, memory_id);
      note(`memory://${memory_id}`, id);
    }
  }
}

async function storeSession(
  engine: Engine,
  messages: readonly GivenMessage[],
  { call, note }: Storing,
): Promise<void> {
  let session_id: string | undefined;
  for (let at = 0; at < messages.length; at += BATCH) {
    const batch = messages.slice(at, at + BATCH);
    const appended = await engine.sessions.append({ session_id, messages: batch }, call);
    for (const [index, { id = '' }] of batch.entries()) note(`message://${appended.message_ids[index]}`, id);
    session_id = appended.session_id;
  }
}

const change = ({ memory, supersedes }: Stated, stored: ReadonlyMap<string, string>): ProposedChange =>
  supersedes.length === 0
    ? { content: memory }
    : { op: 'supersede', content: memory, supersedes: supersedes.flatMap(id => stored.get(id) ?? []) };

/** In order, such that what a memory replaces is never in its own batch. */
function batches(memories: readonly Stated[]): Stated[][] {
  const done: Stated[][] = [];
  let open = new Map<string, Stated>();
  for (const stated of memories) {
    if (open.size === BATCH || stated.supersedes.some(id => open.has(id))) {
      done.push([...open.values()]);
      open = new Map();
    }
    open.set(stated.id, stated);
  }
  return [...done, [...open.values()]].filter(batch => batch.length > 0);
}

export type Asking = {
  /** What the search is called with besides the question. */
  readonly search?: Omit<Search, 'query'>;
  readonly heard?: Heard;
};

/** Asks every question as it stands, one after the other, of memories, or of messages where the corpus has sessions. */
export async function askAll(
  engine: Engine,
  { corpus, call, ids }: Stored,
  { search = {}, heard = silent }: Asking = {},
): Promise<Answer[]> {
  const kinds: HitKind[] = [corpus.sessions.length > 0 ? 'message' : 'memory'];
  const answers: Answer[] = [];
  for (const question of corpus.questions) {
    const before = performance.now();
    const { hits } = await engine.search(
      {
        kinds,
        limit: DEEPEST,
        detail: 'ids',
        max_tokens: REPLY_TOKENS,
        ...search,
        query: question.question,
      },
      call,
    );
    const milliseconds = performance.now() - before;
    answers.push({ question, found: hits.map(({ uri }) => ids.get(uri) ?? uri), milliseconds });
    heard(answers.length);
  }
  return answers;
}
