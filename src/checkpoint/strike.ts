import { append } from '../ledger/ledger.js';
import { sealBody } from '../ledger/seal.js';
import { addPassages } from '../passage/add.js';
import { medallionPiece } from '../passage/piece.js';
import { streamOf as runStream } from '../run/parts.js';
import type { Evidence, Medallion } from '../schema/medallion.js';
import type { Sources } from '../sources.js';
import { insertBodies } from '../store/bodies.js';
import { insertVersion, supersedeMedallion, versionOwner } from '../store/medallions.js';
import type { Writer } from '../store/store.js';
import { together } from '../store/together.js';

export const streamOf = (medallionId: string): string => `medallion:${medallionId}`;
export const evidenceOwner = (medallionId: string, version: number): string =>
  `${medallionId}/evidence/${version}`;

export type Struck = {
  readonly medallion: Medallion;
  readonly evidence: Evidence;
  readonly at: number;
  /** Of the medallion's own scope, interned. */
  readonly scopeId: number;
  /** What it hides from now on. */
  readonly superseded: readonly { readonly id: string; readonly version: number }[];
};

/** Writes one version whole: both bodies, rows, the event of its stream and the reference in the run's. */
export async function strike(
  writer: Writer,
  sources: Sources,
  { medallion, evidence, at, scopeId, superseded }: Struck,
): Promise<void> {
  const { medallion_id: id, version, run_id: runId } = medallion.meta;
  const owner = versionOwner(id, version);
  const bodies = [
    sealBody(owner, sources.newSalt(), medallion),
    sealBody(evidenceOwner(id, version), sources.newSalt(), evidence),
  ];
  const { scope } = medallion;
  await together([
    insertBodies(writer, bodies),
    insertVersion(writer, { id, scopeId, scope, version, at, evidence: medallion.meta.evidence, runId }),
    addPassages(
      writer,
      { kind: 'medallion', owner, scope, session_id: null, run_id: runId, created_at: at },
      [medallionPiece(medallion)],
    ),
  ]);
  for (const old of superseded)
    await supersedeMedallion(writer, { id: old.id, version: old.version, by: id, at });
  await append(writer, sources, {
    stream: streamOf(id),
    type: 'CHECKPOINT',
    at,
    payload: {
      medallion_id: id,
      version,
      scope,
      ...(runId !== null && { run_id: runId }),
      ...(superseded.length > 0 && { supersedes: superseded }),
      bodies: Object.fromEntries(bodies.map(({ owner, hash }) => [owner, hash])),
    },
  });
  if (runId !== null)
    await append(writer, sources, {
      stream: runStream(runId),
      type: 'CHECKPOINT',
      at,
      payload: { uri: `medallion://${id}`, version },
    });
}
