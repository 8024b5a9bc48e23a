import { readBlob } from '../blob/read.js';
import { readMedallion } from '../checkpoint/read.js';
import { EngineError } from '../errors.js';
import { readMemory } from '../memory/read.js';
import { readEpisode, readRun, readRunLedger } from '../run/read.js';
import type { Call } from '../schema/call.js';
import type { Trust } from '../schema/memory.js';
import { readSummary } from '../session/expand.js';
import { readMessage, readSession } from '../session/read.js';
import { readElsewhere } from './imported.js';
import type { Parts } from './parts.js';

export type Meta = Readonly<Record<string, string | number | readonly string[]>>;

/** What a URI stands for, unfenced. `next` says after which event the rest of it comes. */
export type Readable = {
  readonly text: string;
  readonly trust: Trust;
  readonly scope: string;
  readonly meta: Meta;
  /** What is in a long text and where. */
  readonly outline?: string;
  readonly next?: number;
};

type Named = {
  readonly id: string;
  readonly version?: number | undefined;
  /** Unix milliseconds. */
  readonly asOf?: number | undefined;
  /** Of a ledger, the sequence it goes on after. */
  readonly after?: number | undefined;
  /** Of a session, only the newest so many messages. */
  readonly last?: number | undefined;
};
type Family = {
  readonly kind: string;
  readonly pattern: RegExp;
  read(parts: Parts, call: Call, named: Named): Promise<Readable>;
};

/** Each noun by its URI, or by its bare id. */
const FAMILIES: readonly Family[] = [
  { kind: 'memory', pattern: /^(?:memory:\/\/)?(mem_[A-Za-z0-9]+)$/, read: readOneMemory },
  {
    kind: 'medallion',
    pattern: /^(?:medallion:\/\/)?(med_[A-Za-z0-9]+)(?:\/v\/(\d{1,9}))?$/,
    read: readMedallion,
  },
  {
    kind: 'ledger',
    pattern: /^run:\/\/(.+)\/ledger$/s,
    read: ({ store }, call, { id, after }) => readRunLedger(store, call, { ref: `run://${id}`, after }),
  },
  {
    kind: 'run',
    pattern: /^(?:run:\/\/(.+)|(run_[A-Za-z0-9]+))$/s,
    read: ({ store }, call, { id }) => readRun(store, call, `run://${id}`),
  },
  {
    kind: 'episode',
    pattern: /^(?:episode:\/\/)?(epi_[A-Za-z0-9]+)$/,
    read: ({ store }, call, { id }) => readEpisode(store, call, id),
  },
  {
    kind: 'session',
    pattern: /^(?:session:\/\/(.+)|(ses_[A-Za-z0-9]+))$/s,
    read: ({ store }, call, { id, last, asOf }) =>
      readSession(store, call, { id: `session://${id}`, last, asOf }),
  },
  {
    kind: 'message',
    pattern: /^(?:message:\/\/)?(msg_[A-Za-z0-9]+)$/,
    read: ({ store }, call, { id }) => readMessage(store, call, id),
  },
  {
    kind: 'summary',
    pattern: /^(?:summary:\/\/)?(sum_[A-Za-z0-9]+)$/,
    read: ({ store }, call, { id }) => readSummary(store, call, { id }),
  },
  {
    kind: 'blob',
    pattern: /^(?:blob:\/\/)?(blob_[A-Za-z0-9]+)$/,
    read: ({ store }, call, { id }) => readBlob(store, call, id).then(({ bytes: _bytes, ...shown }) => shown),
  },
];

export type Found = Readable & { readonly uri: string; readonly kind: string };

/** Reads a URI, or a bare id, as it was at `asOf` where the noun keeps that. Throws `invalid` and `not_found`. */
export async function readUri(
  parts: Parts,
  call: Call,
  { uri, ...wanted }: Pick<Named, 'asOf' | 'after' | 'last'> & { readonly uri: string },
): Promise<Found> {
  const given = uri.trim();
  for (const { kind, pattern, read } of FAMILIES) {
    const [whole, inUri, second] = pattern.exec(given) ?? [];
    const id = inUri ?? second;
    if (whole === undefined || id === undefined) continue;
    const version = kind === 'medallion' && second !== undefined ? Number(second) : undefined;
    const named = { version, ...wanted };
    const found = await read(parts, call, { id, ...named }).catch(error =>
      readElsewhere(parts, call, {
        kind,
        id,
        after: wanted.after,
        error,
        again: local => read(parts, call, { id: local, ...named }),
      }),
    );
    return { ...found, uri: given.includes('://') ? given : `${kind}://${given}`, kind };
  }
  throw new EngineError(
    'invalid',
    `"${uri}" is no URI of mintmark.`,
    'Pass a uri as search and load_by_scope return it, such as memory://mem_….',
  );
}

async function readOneMemory({ store }: Parts, call: Call, { id, asOf }: Named): Promise<Readable> {
  const { memory, view } = await readMemory(store, call, { id, asOf });
  const { content: _content, scope, ...meta } = view;
  return { text: memory.content, trust: memory.trust, scope: String(scope), meta };
}
