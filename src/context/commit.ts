import { frontierOf, newestOfUser, type Summary } from '../session/frontier.js';
import { runsFrom, within } from '../session/runs.js';
import { addSummary, type NewSummary } from '../session/summarise.js';
import { usageOf } from '../session/usage.js';
import { countVisible } from '../store/messages.js';
import { type StoredSession, sessionById } from '../store/sessions.js';
import type { Reader } from '../store/store.js';
import { dropClaims } from '../store/writer-calls.js';
import type { Parts } from './parts.js';
import { mostFor, type Survey, type Task } from './survey.js';

export type Step = {
  readonly namespace: string;
  readonly seen: Pick<Survey, 'session' | 'sizing'>;
  readonly task: Task;
  readonly draft: NewSummary;
  /** What nobody is at work on any more. */
  readonly release: readonly string[];
};

/** Keeps a summary, if what it was made from still stands as it was read. Returns whether it does. */
export const commit = (
  { store, sources, options }: Pick<Parts, 'store' | 'sources' | 'options'>,
  { namespace, seen, task, draft, release }: Step,
): Promise<boolean> =>
  store.write(namespace, async writer => {
    await dropClaims(writer, release);
    const now = await ground(writer, seen.session.id, task);
    if (!now) return false;
    const { session, frontier } = now;
    if (task.is === 'improve') {
      const usage = await usageOf(writer, { session, frontier }, options);
      if (draft.tokens > mostFor(task.node, { ...usage, sizing: seen.sizing })) return false;
    }
    await addSummary(sources, writer, draft);
    return true;
  });

type Now = {
  readonly session: StoredSession;
  readonly frontier: readonly Summary[];
  readonly task: Task;
};

/** The session as it is now, if what a task was made from still stands as it was read. */
export async function ground(reader: Reader, sessionId: string, task: Task): Promise<Now | undefined> {
  const session = await sessionById(reader, sessionId);
  if (!session || session.hidden_at !== null) return undefined;
  const now = { session, frontier: await frontierOf(reader, sessionId), task };
  return (await stands(reader, now)) ? now : undefined;
}

async function stands(reader: Reader, { session, frontier, task }: Now): Promise<boolean> {
  switch (task.is) {
    case 'cover':
      return isFree(reader, { session, frontier, numbers: task.block.map(({ sequence }) => sequence) });
    case 'condense':
      return task.nodes.every(node => frontier.some(({ id }) => id === node.id));
    case 'improve':
      return frontier.some(({ id }) => id === task.node.id);
  }
}

/** Whether messages are all to be seen, under no summary, and none is the newest of the user. */
export async function isFree(
  reader: Reader,
  { session, frontier, numbers }: Omit<Now, 'task'> & { readonly numbers: readonly number[] },
): Promise<boolean> {
  const covered = frontier.flatMap(({ covers }) => covers);
  if (numbers.some(number => within(covered, number))) return false;
  let visible = 0;
  for (const [first, last] of runsFrom(numbers))
    visible += await countVisible(reader, session.id, { first, last });
  const newest = await newestOfUser(reader, session.id, session.last_sequence + 1);
  return visible === numbers.length && (newest === undefined || !numbers.includes(newest));
}
