import { purgeBlobs } from '../blob/purge.js';
import { purgeMedallions } from '../checkpoint/purge.js';
import { EngineError } from '../errors.js';
import { isAnswered, type Replayable, transact } from '../ledger/ledger.js';
import {
  demandKnown as demandMemories,
  type Forgetting,
  type Forgotten,
  forget as forgetMemories,
  OUT_OF_REACH,
  purgeKnown,
} from '../memory/forget.js';
import type { Parts as MemoryParts } from '../memory/parts.js';
import { purgeImported } from '../pack/purge.js';
import { purgeEpisodes, purgeRuns } from '../run/purge.js';
import type { Call } from '../schema/call.js';
import { purgeSessions } from '../session/purge.js';
import { countMessagesKeeping } from '../store/blob-uses.js';
import { blobsById } from '../store/blobs.js';
import { episodesById } from '../store/episodes.js';
import { findMedallions } from '../store/medallions.js';
import { runByExternalId, runById } from '../store/runs.js';
import { sessionByExternalId, sessionById } from '../store/sessions.js';
import type { Reader, Writer } from '../store/store.js';

type Noun = {
  /** Which of the ids there are. */
  known(reader: Reader, ids: readonly string[]): Promise<readonly { readonly id: string }[]>;
  purge(parts: MemoryParts, writer: Writer, ids: readonly string[]): Promise<void>;
};

/** What can be purged besides memories, by the prefix of its ids. */
const NOUNS: Readonly<Record<string, Noun>> = {
  med: { known: findMedallions, purge: purgeMedallions },
  run: { known: one(runById), purge: purgeRuns },
  epi: { known: episodesById, purge: purgeEpisodes },
  ses: { known: one(sessionById), purge: purgeSessions },
  blob: { known: blobsById, purge: purgeBlobs },
};

/**
 * Deprecates, restores or purges memories, and purges every other noun, by id or URI, runs and sessions by their external
 * id too. All of it in one transaction.
 */
export async function forget(
  parts: MemoryParts,
  { ids: named, ...input }: Forgetting,
  call: Call,
): Promise<Replayable<Forgotten>> {
  const ids = named && (await idsOf(parts, named, call));
  const others = ids?.filter(id => !id.startsWith('mem_')) ?? [];
  if (!ids || others.length === 0) return forgetMemories(parts, { ...input, ...(ids && { ids }) }, call);
  // What was purged by a name that went with it is found no more, but its reply is.
  if (!(await isAnswered(parts.store, call))) demandPurge(input, others);
  const memories = ids.filter(id => id.startsWith('mem_'));
  const count = ids.length;
  if (input.dry_run) {
    await parts.store.read(call.namespace, async reader => {
      await demandKnown(reader, others);
      await demandMemories(reader, memories, 'purge');
    });
    const note = 'Nothing was changed. To purge: the same call without dry_run.';
    return { count, ids, purged: false, dry_run: true, note, scope: 'named ids' };
  }
  const done = await transact(parts, call, async writer => {
    await demandKnown(writer, others);
    const showing = await countMessagesKeeping(writer, others);
    for (const [prefix, { purge }] of Object.entries(NOUNS)) {
      const own = others.filter(id => id.startsWith(`${prefix}_`));
      if (own.length > 0) await purge(parts, writer, own);
    }
    await purgeImported(parts, writer, others);
    if (memories.length > 0) await purgeKnown(parts, writer, memories);
    const note = showing === 0 ? OUT_OF_REACH : `${OUT_OF_REACH} ${outlinesLeft(showing)}`;
    return { count, ids, purged: true, note, scope: 'named ids' };
  });
  return { ...done, wal_pending: !(await parts.store.settle(call.namespace)) };
}

/** Each once, as ids; a name that is no id is one that the caller gave a run or session. */
async function idsOf(
  { store }: MemoryParts,
  named: readonly string[],
  { namespace }: Call,
): Promise<string[]> {
  const ids = new Set<string>();
  for (const ref of named) {
    const [, noun, name = ''] = /^(?:([a-z]+):\/\/)?(.*)$/su.exec(ref.trim().normalize('NFC')) ?? [];
    const known = Object.hasOwn(NOUNS, prefixOf(name)) || name.startsWith('mem_');
    const owners = known ? [] : await store.read(namespace, reader => ownersOf(reader, noun, name));
    ids.add(owners.length === 1 && owners[0] ? owners[0].id : name);
  }
  return [...ids];
}

/** Whose external id it is: a run's, a session's or both. */
async function ownersOf(reader: Reader, noun: string | undefined, name: string) {
  const run = noun === 'session' ? undefined : await runByExternalId(reader, name);
  const session = noun === 'run' ? undefined : await sessionByExternalId(reader, name);
  return [run, session].filter(owner => owner !== undefined);
}

const prefixOf = (id: string): string => id.slice(0, Math.max(0, id.indexOf('_')));

const outlinesLeft = (messages: number): string =>
  `The outline of a purged blob still stands in ${messages} message${messages === 1 ? '' : 's'}: session_rewind with purge erases it there.`;

const REWIND =
  'Call session_rewind with its session_id, the message_id and purge: true, which erases that message, all after it and their summaries.';

/** The call that ends what has an id and is not forgotten by it. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['msg', REWIND],
  ['sum', REWIND],
  [
    'bat',
    'Call memory_commit with it and decision "reject", or forget the memories it proposed by their ids.',
  ],
]);

function demandPurge({ purge, expected_count }: Omit<Forgetting, 'ids'>, others: readonly string[]): void {
  const unknown = others.find(id => !Object.hasOwn(NOUNS, prefixOf(id)));
  if (unknown !== undefined)
    throw new EngineError(
      'invalid',
      `"${unknown}" is no id of anything that can be forgotten.`,
      ELSEWHERE.get(prefixOf(unknown)) ??
        `Give ids that start with mem_, ${Object.keys(NOUNS).join('_, ')}_, as replies name them, or run:// or session:// and your own name for one.`,
    );
  if (!purge)
    throw new EngineError(
      'invalid',
      `${others.join(', ')}: only memories can be deprecated or restored.`,
      'Nothing was changed. To erase it for good, repeat the call with purge: true.',
    );
  if (expected_count !== undefined)
    throw new EngineError(
      'invalid',
      'expected_count goes with graph_nodes or tags, not with ids of several nouns.',
      'Leave it out; ids say what is meant.',
    );
}

async function demandKnown(reader: Reader, ids: readonly string[]): Promise<void> {
  const known = new Set<string>();
  for (const [prefix, noun] of Object.entries(NOUNS))
    for (const { id } of await noun.known(
      reader,
      ids.filter(id => id.startsWith(`${prefix}_`)),
    ))
      known.add(id);
  const missing = ids.filter(id => !known.has(id));
  if (missing.length === 0) return;
  throw new EngineError(
    'not_found',
    `There is no ${missing.join(', ')}.`,
    'Nothing was changed. Take ids from load_by_scope or the tool that made them; what was purged is gone.',
  );
}

/** Looks each up by itself, for nouns that are forgotten one at a time as a rule. */
function one(
  find: (reader: Reader, id: string) => Promise<{ readonly id: string } | undefined>,
): Noun['known'] {
  return async (reader, ids) => {
    const found: { readonly id: string }[] = [];
    for (const id of ids) {
      const row = await find(reader, id);
      if (row) found.push(row);
    }
    return found;
  };
}
