import { EngineError } from '../errors.js';
import type { Call } from '../schema/call.js';
import type { Page, Titled } from '../schema/listing.js';
import type { MEDALLION_STATUSES, Medallion } from '../schema/medallion.js';
import type { Trust } from '../schema/memory.js';
import { describeWritten, scopeToRead } from '../scope.js';
import { bodyOf } from '../store/bodies.js';
import { completing } from '../store/completing.js';
import {
  findMedallions,
  findVersion,
  medallionsWithPrefix,
  pageMedallions,
  type VersionRow,
  versionAt,
  versionNumbers,
} from '../store/medallions.js';
import type { Reader, Store } from '../store/store.js';
import { lined } from '../text/hash.js';
import { titleOf } from '../text/shorten.js';
import { DAY, formatTime } from '../text/time.js';
import type { Parts } from './parts.js';

export type Status = (typeof MEDALLION_STATUSES)[number];

export type Reading = {
  readonly id: string;
  readonly version?: number | undefined;
  /** System time, Unix milliseconds. */
  readonly asOf?: number | undefined;
};

export type ShownMedallion = {
  readonly medallion: Medallion;
  /** The medallion as JSON, indented by 2; of a version asked for by number with the evidence behind it. */
  readonly text: string;
  readonly meta: Readonly<Record<string, string | number>>;
  readonly scope: string;
  readonly trust: Trust;
};

/** A medallion as it is now, in one version or as it was at a time. Throws `not_found`, and says what there is. */
export const readMedallion = (
  { store, sources, options }: Pick<Parts, 'store' | 'sources' | 'options'>,
  { namespace }: Pick<Call, 'namespace'>,
  reading: Reading,
): Promise<ShownMedallion> =>
  store.read(namespace, async reader => {
    const stored = await versionOf(reader, reading);
    const medallion: Medallion = JSON.parse(stored.content);
    const at = reading.asOf ?? sources.now();
    const status = statusOf(stored, { at, staleDays: options.medallionStaleDays });
    const evidence = reading.version === undefined ? undefined : await bodyOf(reader, stored.evidence);
    const shown = {
      ...medallion,
      meta: {
        ...medallion.meta,
        status,
        ...(status === 'superseded' && { superseded_by: stored.superseded_by }),
      },
      ...(evidence !== undefined && { evidence: JSON.parse(evidence) }),
    };
    return {
      medallion,
      text: lined(shown),
      meta: {
        id: reading.id,
        version: stored.version,
        status,
        trust: medallion.meta.trust,
        model: medallion.meta.model,
        created_at: medallion.meta.created_at,
        updated_at: medallion.meta.updated_at,
        ...(medallion.meta.run_id !== null && { run_id: medallion.meta.run_id }),
        ...(stored.superseded_by !== null &&
          status === 'superseded' && { superseded_by: stored.superseded_by }),
      },
      scope: describeWritten(medallion.scope),
      trust: medallion.meta.trust,
    };
  });

/** Stale is a label made on reading, never stored and never a filter. */
export function statusOf(
  { at: made, superseded_at }: Pick<VersionRow, 'at' | 'superseded_at'>,
  { at, staleDays }: { readonly at: number; readonly staleDays: number },
): Status {
  if (superseded_at !== null && superseded_at <= at) return 'superseded';
  return at - made > staleDays * DAY ? 'stale' : 'active';
}

async function versionOf(reader: Reader, { id, version, asOf }: Reading): Promise<VersionRow> {
  const [row] = await findMedallions(reader, [id]);
  if (!row)
    throw new EngineError(
      'not_found',
      `There is no medallion ${id}.`,
      'Take the uri from load_by_scope; what was purged is gone.',
    );
  const found =
    version !== undefined || asOf === undefined
      ? await findVersion(reader, id, version ?? row.version)
      : await versionAt(reader, id, asOf);
  if (found && (asOf === undefined || found.at <= asOf)) return found;
  const wanted = version === undefined ? '' : ` version ${version}`;
  throw new EngineError(
    'not_found',
    asOf === undefined
      ? `Medallion ${id} has no version ${version ?? row.version}; its newest is ${row.version}.`
      : `Medallion ${id}${wanted} was not known yet at ${formatTime(asOf)}.`,
    `Fetch medallion://${id} for the newest, medallion://${id}/v/1 for the first.`,
  );
}

/** Active medallions of the home scope and global in order of id, for listings. */
export const listMedallions = (store: Store, call: Call, page: Page): Promise<Titled[]> =>
  store.read(call.namespace, async reader => {
    const rows = await pageMedallions(reader, { ...page, scope: scopeToRead({}, call.home) });
    return rows.map(({ id, scope, version }) => ({
      id,
      title: `${titleOf(describeWritten(scope))}, version ${version}`,
    }));
  });

/** By their ids, or by a graph node. */
export const completeMedallions = completing(medallionsWithPrefix);

/** Version numbers that begin with what was typed, newest first. */
export const completeVersions = (
  store: Store,
  { namespace }: Pick<Call, 'namespace'>,
  { id, prefix }: { readonly id: string; readonly prefix: string },
): Promise<string[]> =>
  store.read(namespace, async reader =>
    (await versionNumbers(reader, id)).map(String).filter(number => number.startsWith(prefix)),
  );
