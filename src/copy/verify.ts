import { EngineError } from '../errors.js';
import { type LedgerReport, verifyBodies, verifyLedger } from '../ledger/verify.js';
import { TABLES } from '../store/copied-tables.js';
import { type CopyMark, putCopyMark } from '../store/copy-mark.js';
import type { Finding, Reader } from '../store/store.js';
import { isUnindexed, markIndexed, markUnindexed } from '../store/unindexed.js';
import { canonicalJson } from '../text/hash.js';
import { advance } from './advance.js';
import { type Sum, sumsOf } from './sums.js';
import type { Target } from './target.js';
import { compareTable, type Walking, walk } from './walk.js';

export type Verified = {
  readonly mark: CopyMark;
  readonly streams: number;
  readonly rows: number;
};

type Verifying = Omit<Walking, 'copied'> & { readonly compared: (rows: number) => void };
type Side = { readonly sums: ReadonlyMap<string, Sum>; readonly streams: LedgerReport['streams'] };

/** No event tells of what search made up for in the background, so one look may find rows that came since. */
const LOOKS = 3;

/**
 * Compares both sides at one position of the ledger: every chain, every hash of a body, one hash over all rows of each
 * table. What differs is copied again. Throws `damaged` when it goes on to differ, and for what is not sound itself.
 */
export async function verify({ from, target, compared }: Verifying, copied: CopyMark): Promise<Verified> {
  let mark = copied;
  for (let look = 1; ; look += 1) {
    const since = mark.position;
    const { position, ...source } = await from.read(target.namespace, async reader => ({
      position: await follow(reader, target, since),
      ...(await sideOf(reader, { name: 'source', compared })),
    }));
    mark = await stand(target, { ...mark, position });
    const there = await target.store.read(target.namespace, reader =>
      sideOf(reader, { name: 'target', compared }),
    );
    const differing = [...source.sums].filter(
      ([name, sum]) => canonicalJson(sum) !== canonicalJson(there.sums.get(name)),
    );
    if (canonicalJson(source.streams) !== canonicalJson(there.streams)) throw differs('the chains of hashes');
    if (differing.length === 0)
      return {
        mark,
        streams: there.streams.length,
        rows: [...there.sums.values()].reduce((all, { rows }) => all + rows, 0),
      };
    if (look === LOOKS) throw differs(differing.map(([name]) => name).join(', '));
    mark = await walk({ from, target, copied: () => {} }, { ...mark, phase: 'rows', table: 0 });
  }
}

/** Copies what came since, until nothing new comes. Returns the position of the last event. */
export async function catchUp(
  { from, target }: Omit<Walking, 'copied'>,
  verified: CopyMark,
): Promise<number> {
  let mark = verified;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { position: since } = mark;
    const position = await from.read(target.namespace, reader => follow(reader, target, since));
    if (position === since) return position;
    mark = await stand(target, { ...mark, position });
  }
  throw new EngineError(
    'busy',
    `After ${ROUNDS} rounds the source still has new events; the copy is whole up to event ${mark.position}.`,
    'Run the same copy again when less is written, or stop the writers for its end.',
  );
}

const ROUNDS = 100;

/** No event tells of these. */
const UNTOLD = TABLES.filter(({ touched }) => touched.length === 0);

/** Brings all of the target to one snapshot of the source. Returns the position of it. */
async function follow(source: Reader, target: Target, since: number): Promise<number> {
  const position = await advance(source, target, since);
  for (const table of UNTOLD) await compareTable(source, target, table);
  const unindexed = await isUnindexed(source);
  await target.store.write(target.namespace, async writer => {
    if (unindexed) await markUnindexed(writer);
    else await markIndexed(writer);
  });
  return position;
}

async function stand({ store, namespace }: Target, mark: CopyMark): Promise<CopyMark> {
  await store.write(namespace, writer => putCopyMark(writer, mark));
  return mark;
}

async function sideOf(
  reader: Reader,
  { name, compared }: { readonly name: string; readonly compared: (rows: number) => void },
): Promise<Side> {
  const sums = await sumsOf(reader, compared);
  const { streams, findings } = await verifyLedger(reader);
  demandSound(name, [...findings, ...(await verifyBodies(reader))]);
  return { sums, streams };
}

function demandSound(side: string, [finding]: readonly Finding[]): void {
  if (!finding) return;
  throw new EngineError(
    'damaged',
    `The ${side} is not sound: ${finding.check}: ${finding.found}.`,
    'Run `mintmark doctor --deep` on it. What was copied is kept, and is not to be relied on.',
  );
}

const differs = (what: string): EngineError =>
  new EngineError(
    'damaged',
    `Source and target differ in ${what}.`,
    'Make sure that nobody writes to the target, and copy to a new file or database.',
  );
