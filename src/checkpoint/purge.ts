import { erase, ownersInStream } from '../ledger/erase.js';
import { withBody } from '../store/bodies.js';
import { dropRepliesNaming } from '../store/idempotency.js';
import { deleteMedallions, versionNumbers, versionOwner } from '../store/medallions.js';
import { dropUnusedScopes } from '../store/scopes.js';
import type { Reader, Writer } from '../store/store.js';
import type { Parts } from './parts.js';
import { evidenceOwner, streamOf } from './strike.js';

/**
 * Erases medallions for good: every version with its evidence, the events that name their scope, rows, stored replies
 * and the scope names nobody uses any more. What only they had superseded is shown again. The chains stay valid.
 */
export async function purgeMedallions(
  { sources }: Pick<Parts, 'sources'>,
  writer: Writer,
  ids: readonly string[],
): Promise<void> {
  const owners: string[] = [];
  for (const id of ids) owners.push(...(await ownersOf(writer, id)));
  await erase(writer, sources, { stream: 'admin', at: sources.now(), payload: { ids, owners } });
  await deleteMedallions(writer, ids);
  for (const id of ids) await dropRepliesNaming(writer, id);
  await dropUnusedScopes(writer);
}

async function ownersOf(reader: Reader, id: string): Promise<string[]> {
  const versions = await versionNumbers(reader, id);
  const bodies = versions.flatMap(version => [versionOwner(id, version), evidenceOwner(id, version)]);
  return [...(await ownersInStream(reader, streamOf(id))), ...(await withBody(reader, bodies))];
}
