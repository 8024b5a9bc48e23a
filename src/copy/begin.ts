import { EngineError } from '../errors.js';
import { hasRows } from '../store/copied-rows.js';
import { EVENTS, TABLES } from '../store/copied-tables.js';
import { type CopyMark, copyMark, putCopyMark } from '../store/copy-mark.js';
import { eventAt, lastPosition } from '../store/events.js';
import type { Reader, Store } from '../store/store.js';

export type Beginning = { readonly from: Store; readonly to: Store; readonly namespace: string };

/**
 * Where to go on: at the mark of a copy of the same history, or at the beginning of an empty namespace. Throws `conflict`
 * for a target that holds anything else, or has a history of its own since.
 */
export async function begin({ from, to, namespace }: Beginning, source: string): Promise<CopyMark> {
  await demandWhole(from, namespace);
  const { mark, head } = await to.read(namespace, async reader => ({
    mark: await copyMark(reader),
    head: await eventAt(reader, await lastPosition(reader)),
  }));
  if (mark) {
    await demandSameHistory(from, namespace, head);
    return mark;
  }
  return to.write(namespace, async writer => {
    await demandEmpty(writer);
    const first: CopyMark = { source, phase: 'events', position: 0, table: 0 };
    await putCopyMark(writer, first);
    return first;
  });
}

async function demandWhole(from: Store, namespace: string): Promise<void> {
  const mark = await from.read(namespace, copyMark);
  if (!mark || mark.phase === 'whole') return;
  throw new EngineError(
    'conflict',
    `The namespace "${namespace}" of the source is itself an unfinished copy of ${mark.source}.`,
    'Run that copy again first: it goes on where it was.',
  );
}

async function demandEmpty(reader: Reader): Promise<void> {
  for (const table of [EVENTS, ...TABLES])
    if (await hasRows(reader, table))
      throw new EngineError(
        'conflict',
        `The namespace "${reader.namespace}" of the target holds something already, and no copy put it there.`,
        'Copy to a new file or database; nothing was written.',
      );
}

type Head = { readonly position: number; readonly hash: string };

async function demandSameHistory(from: Store, namespace: string, head: Head | undefined): Promise<void> {
  if (!head) return;
  const same = await from.read(namespace, reader => eventAt(reader, head.position));
  if (same?.hash === head.hash) return;
  throw new EngineError(
    'conflict',
    `Event ${head.position} of "${namespace}" in the target is not the one in the source: it was written to since, or is a copy of another store.`,
    'Copy to a new file or database; nothing was written.',
  );
}
