import { EngineError } from '../errors.js';
import type { Scope } from '../schema/scope.js';
import { describeWritten } from '../scope.js';
import { findMedallions } from '../store/medallions.js';
import type { Reader } from '../store/store.js';
import { describeMedallion, medallionIdOf } from './check.js';
import { contains } from './match.js';

export type Superseder = {
  readonly id: string;
  readonly scope: Scope;
  /** Ids or URIs of what it replaces. */
  readonly named: readonly string[];
};

/**
 * Those of the named medallions that are not hidden yet, with the version that is. Throws `not_found` for an unknown
 * one and `invalid` for one whose scope this one does not contain: loads that find it would find nothing in its place.
 */
export async function demandContained(
  reader: Reader,
  { id, scope, named }: Superseder,
): Promise<{ id: string; version: number }[]> {
  const ids = [...new Set(named.map(medallionIdOf))];
  const found = await findMedallions(reader, ids);
  const missing = ids.filter(one => !found.some(row => row.id === one));
  if (missing.length > 0)
    throw new EngineError(
      'not_found',
      `There is no medallion ${missing.join(', ')} to supersede.`,
      'Nothing was changed. Take ids from load_by_scope.',
    );
  const outside = found.filter(row => row.id === id || !contains(scope, row.scope));
  if (outside.length > 0)
    throw new EngineError(
      'invalid',
      `${describeWritten(scope)} does not contain ${outside.map(describeMedallion).join(', ')}, so it cannot supersede that.`,
      'Nothing was changed. A scope contains those whose graph nodes and tags it has all of; a medallion is not superseded by its own next version.',
    );
  return found.filter(row => row.status === 'active').map(row => ({ id: row.id, version: row.version }));
}
