import { EngineError } from '../errors.js';
import { importedEpisode, importedLedger, localIds } from '../pack/resolve.js';
import { shownEvent } from '../run/read.js';
import type { Call } from '../schema/call.js';
import type { Reader } from '../store/store.js';
import { lined } from '../text/hash.js';
import type { Parts } from './parts.js';
import type { Readable } from './readers.js';

export type Elsewhere = {
  readonly kind: string;
  /** As it was given: an id that another database gave. */
  readonly id: string;
  readonly after?: number | undefined;
  /** Why it was not found here. */
  readonly error: unknown;
  /** Reads what the id is called here. */
  again(localId: string): Promise<Readable>;
};

const PAGE = 100;

/**
 * What an id that came along in an imported pack stands for: an episode or a ledger as it was imported, else what it
 * became here. Throws the error it was given when no pack knows the id, and `not_found` when the pack did not bring it.
 */
export async function readElsewhere(
  { store }: Pick<Parts, 'store'>,
  { namespace }: Pick<Call, 'namespace'>,
  { kind, id, after = 0, error, again }: Elsewhere,
): Promise<Readable> {
  demandMissing(error);
  const { kept, locals } = await store.read(namespace, async reader => ({
    kept:
      kind === 'episode'
        ? await episode(reader, id)
        : kind === 'ledger'
          ? await ledger(reader, id, after)
          : undefined,
    locals: await localIds(reader, id),
  }));
  if (kept) return kept;
  if (locals.length === 0) throw error;
  for (const local of locals) {
    const found = await again(local).catch(demandMissing);
    if (found) return { ...found, meta: { ...found.meta, imported_as: id } };
  }
  throw new EngineError(
    'not_found',
    `${id} is mentioned in an imported pack and did not come along.`,
    'Export it where it is, with memories or evidence in include, and import that pack.',
    { cause: error },
  );
}

function demandMissing(error: unknown): undefined {
  if (!(error instanceof EngineError) || error.code !== 'not_found') throw error;
}

async function episode(reader: Reader, id: string): Promise<Readable | undefined> {
  const found = await importedEpisode(reader, id);
  if (!found) return undefined;
  const { import_id, foreign_id, content } = found;
  return { text: lined(JSON.parse(content)), ...FROM_PACK, meta: { id: foreign_id, import_id } };
}

async function ledger(reader: Reader, id: string, after: number): Promise<Readable | undefined> {
  const found = await importedLedger(reader, id, { after, limit: PAGE + 1 });
  if (!found) return undefined;
  const shown = found.events.slice(0, PAGE).map(shownEvent);
  const last = shown.at(-1);
  return {
    text: lined(shown),
    ...FROM_PACK,
    meta: {
      id,
      import_id: found.import_id,
      first: shown[0]?.sequence ?? after,
      last: last?.sequence ?? after,
    },
    ...(last && found.events.length > PAGE && { next: last.sequence }),
  };
}

const FROM_PACK = { trust: 'import', scope: 'imported pack' } as const;
