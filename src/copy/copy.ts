import { countRows } from '../store/copied-rows.js';
import { EVENTS, TABLES } from '../store/copied-tables.js';
import type { Reader, Store } from '../store/store.js';
import { begin } from './begin.js';
import { copyVectors } from './vectors.js';
import { catchUp, verify } from './verify.js';
import { walk } from './walk.js';

export type Copying = {
  readonly from: Store;
  readonly to: Store;
  readonly namespace: string;
  /** What the source is called, for people; without a password. */
  readonly source: string;
  /** How many rows are held in memory at most; by table, unless it is less. */
  readonly most?: number | undefined;
  readonly progress?: ((what: Phase, done: number, total: number) => void) | undefined;
};

export type Phase = 'rows copied' | 'rows compared';

export type Copied = {
  readonly namespace: string;
  readonly events: number;
  /** Of all tables, the events among them. */
  readonly rows: number;
  /** Made for rows that had none in the target. */
  readonly vectors: number;
  /** Whose chains were checked on both sides. */
  readonly streams: number;
};

/**
 * Copies a namespace to another store while the source is in use, byte for byte, and goes on where an earlier copy was
 * stopped. It ends when the source has nothing new and both sides held the same, by chains and by hashes of all rows.
 * Throws `conflict` for a target that holds anything else and `damaged` when they differ or one is not sound.
 */
export async function copyNamespace({
  from,
  to,
  namespace,
  source,
  most,
  progress,
}: Copying): Promise<Copied> {
  const target = { store: to, namespace, most };
  const mark = await begin({ from, to, namespace }, source);
  const total = await from.read(namespace, countAll);
  const tell = (what: Phase, all: number, done = 0) => {
    let sofar = done;
    return (rows: number) => {
      sofar += rows;
      progress?.(what, sofar, all);
    };
  };
  const copied = tell('rows copied', total, await to.read(namespace, countAll));
  const whole = await walk({ from, target, copied }, mark);
  const vectors = await copyVectors(from, target);
  const compared = tell('rows compared', 2 * total);
  const { rows, streams, mark: verified } = await verify({ from, target, compared }, whole);
  const events = await catchUp({ from, target }, verified);
  await to.settle(namespace);
  return { namespace, events, rows, vectors, streams };
}

async function countAll(reader: Reader): Promise<number> {
  let rows = 0;
  for (const table of [EVENTS, ...TABLES]) rows += await countRows(reader, table);
  return rows;
}
