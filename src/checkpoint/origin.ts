import type { Origin } from '../run/origin.js';
import type { Medallion } from '../schema/medallion.js';
import { findMedallions, findVersion } from '../store/medallions.js';
import type { Reader } from '../store/store.js';
import { leftOut, startingPoint } from './start.js';

/** What a run starts from that is opened from a medallion, `<id>` or `<id>/v/<version>`. */
export async function readMedallionOrigin(reader: Reader, rest: string): Promise<Origin | undefined> {
  const [, id = '', version] = /^(med_[A-Za-z0-9]+)(?:\/v\/(\d{1,9}))?$/.exec(rest) ?? [];
  const [row] = await findMedallions(reader, [id]);
  const found = row && (await findVersion(reader, id, Number(version ?? row.version)));
  if (!found) return undefined;
  const medallion: Medallion = JSON.parse(found.content);
  const fields = startingPoint(medallion);
  return {
    uri: `medallion://${id}/v/${found.version}`,
    scope: medallion.scope,
    trust: medallion.meta.trust,
    fields,
    omitted: leftOut(medallion, fields),
  };
}
