import { everyRow } from '../store/every-row.js';
import type { Finding, Reader } from '../store/store.js';
import { countSkipped } from '../store/vector-claims.js';
import { FAMILIES } from '../store/vector-families.js';
import { vectorModels } from '../store/vector-models.js';
import { countUnsound, vectorsAfter } from '../store/vectors.js';

const ADVICE = 'Run `mintmark reindex`, which makes the vectors again.';
/** What scaling to length 1 in single precision may be off by. */
const ROUNDING = 1e-3;

/** Every row has its vector up to the mark of each model, no vector is without a row, and all have length 1. */
export async function verifyVectors(reader: Reader): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const model of (await vectorModels(reader)).filter(({ state }) => state !== 'old')) {
    const found = (count: number, what: string) =>
      count > 0 &&
      findings.push({ check: 'vectors', found: `${model.name}: ${count} ${what}`, advice: ADVICE });
    found(await countSkipped(reader, model.id), 'rows have no vector and are not pending');
    found(await countUnsound(reader, model), 'vectors belong to no row or have another length');
    found(await countAltered(reader, model.id), 'vectors do not have length 1');
  }
  return findings;
}

async function countAltered(reader: Reader, model: number): Promise<number> {
  let altered = 0;
  for (const family of FAMILIES)
    for await (const { vector } of everyRow({ by: 'id', from: 0 }, after =>
      vectorsAfter(reader, { model, family }, { after, limit: 1000 }),
    ))
      if (!(Math.abs(lengthOf(vector) - 1) < ROUNDING)) altered += 1;
  return altered;
}

function lengthOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let squares = 0;
  for (let at = 0; at + 4 <= bytes.byteLength; at += 4) squares += view.getFloat32(at, true) ** 2;
  return Math.sqrt(squares);
}
