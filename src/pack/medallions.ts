import { evidenceOwner, strike } from '../checkpoint/strike.js';
import { Evidence, Medallion } from '../schema/medallion.js';
import type { PackedMedallion } from '../schema/pack.js';
import { normalise } from '../scope.js';
import { medallionOfScope } from '../store/medallions.js';
import { internScope } from '../store/scopes.js';
import type { Writer } from '../store/store.js';
import type { Parts } from './parts.js';

/** A medallion to be known here: its newest version and what that was made from, where it came along. */
export type Coming = {
  readonly foreignId: string;
  readonly medallion: Medallion;
  readonly evidence: Evidence | undefined;
};

/** The newest version of each medallion whose body came along. */
export const comingFrom = (medallions: readonly PackedMedallion[]): Coming[] =>
  medallions.flatMap(({ medallion_id, versions, evidence }) => {
    const medallion = Medallion.safeParse(versions.at(-1)?.body);
    if (!medallion.success) return [];
    const behind = Evidence.safeParse(
      evidence.find(({ owner }) => owner === medallion.data.meta.evidence)?.body,
    );
    return [{ foreignId: medallion_id, medallion: medallion.data, evidence: behind.data }];
  });

export type Striking = {
  readonly at: number;
  /** Where it came from, in words: its evidence when none came along. */
  readonly provenance: string;
  /** What the runs it names are called here. */
  readonly runs: ReadonlyMap<string, string>;
};

/**
 * Makes an imported medallion the first version of one here. A scope that has one already keeps it untouched: what comes
 * from elsewhere must not change what was decided here. Returns the local id, and whether it is new.
 */
export async function strikeImported(
  { sources }: Pick<Parts, 'sources'>,
  writer: Writer,
  { medallion, evidence, at, provenance, runs }: Omit<Coming, 'foreignId'> & Striking,
): Promise<{ readonly id: string; readonly created: boolean }> {
  const scope = normalise(medallion.scope);
  const scopeId = await internScope(writer, scope);
  const known = await medallionOfScope(writer, scopeId);
  if (known) return { id: known.id, created: false };
  const id = sources.newId('med');
  const meta: Medallion['meta'] = {
    ...medallion.meta,
    medallion_id: id,
    version: 1,
    run_id: runs.get(medallion.meta.run_id ?? '') ?? null,
    evidence: evidenceOwner(id, 1),
    trust: 'import',
  };
  await strike(writer, sources, {
    medallion: { ...medallion, meta, scope: { graph_nodes: [...scope.graph_nodes], tags: [...scope.tags] } },
    evidence: evidence ?? { session_summary: provenance, transcripts: [], artefacts: {} },
    at,
    scopeId,
    superseded: [],
  });
  return { id, created: true };
}
