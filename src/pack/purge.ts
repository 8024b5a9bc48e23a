import * as z from 'zod';
import { streamOf as medallionStream } from '../checkpoint/strike.js';
import { erase } from '../ledger/erase.js';
import { eventOwner } from '../ledger/seal.js';
import { streamOf as runStream } from '../run/parts.js';
import { bodiesBelow, bodyOf, withBody } from '../store/bodies.js';
import { aliasesOf, importById, importBySha256 } from '../store/imports.js';
import type { Reader, Writer } from '../store/store.js';
import { importedOwner, OWN } from './origins.js';
import type { Parts } from './parts.js';

/**
 * Erases for good what came along with packs behind runs and medallions that are purged: the history they go on from,
 * with its episodes and evidence, however many machines it passed. The imported chains stay as hashes.
 */
export async function purgeImported(
  { sources }: Pick<Parts, 'sources'>,
  writer: Writer,
  ids: readonly string[],
): Promise<void> {
  const behind: string[] = [];
  for (const id of ids) behind.push(...(await ownersBehind(writer, id)));
  const owners = await withBody(writer, [...new Set(behind)]);
  if (owners.length === 0) return;
  await erase(writer, sources, { stream: 'admin', at: sources.now(), payload: { ids, owners } });
}

async function ownersBehind(reader: Reader, id: string): Promise<string[]> {
  const owners: string[] = [];
  for (const { import_id, foreign_id, local_id } of await aliasesOf(reader, id)) {
    if (local_id !== id) continue;
    const found = id.startsWith('run_')
      ? ofRun(reader, import_id, foreign_id)
      : ofMedallion(reader, import_id, foreign_id);
    owners.push(...(await found));
  }
  return owners;
}

async function ofMedallion(reader: Reader, importId: string, foreignId: string): Promise<string[]> {
  const under = (owner: string) => below(reader, importedOwner(importId, owner));
  return [
    ...(await under(`${foreignId}/`)),
    ...(await under(`event:${medallionStream(foreignId)}:`)),
    importedOwner(importId, 'medallion'),
  ];
}

async function ofRun(reader: Reader, importId: string, foreignId: string): Promise<string[]> {
  const under = (owner: string) => below(reader, importedOwner(importId, owner));
  const only = (await importById(reader, importId))?.kind === 'run';
  return [
    ...(await under(`event:${runStream(foreignId)}:`)),
    ...(await under('file/')),
    ...(await episodesOf(reader, importId, foreignId)),
    importedOwner(importId, OWN.workingSet(foreignId)),
    ...(only ? [importedOwner(importId, OWN.manifest)] : []),
    ...(await ofPredecessor(reader, importId, foreignId)),
  ];
}

async function episodesOf(reader: Reader, importId: string, runId: string): Promise<string[]> {
  const episodes = await bodiesBelow(reader, importedOwner(importId, 'epi_'));
  return episodes.flatMap(({ owner, content }) => (JSON.parse(content).run_id === runId ? owner : []));
}

/** The run that the imported one itself was imported from: its first event says which. */
async function ofPredecessor(reader: Reader, importId: string, runId: string): Promise<string[]> {
  const owner = importedOwner(importId, eventOwner(runStream(runId), 1));
  const first = await bodyOf(reader, owner);
  if (first === undefined) return [];
  const resumed = Resumed.safeParse(JSON.parse(first));
  if (!resumed.success) return [];
  const { imported } = resumed.data;
  const before = await importBySha256(reader, imported.sha256);
  // A chain of hashes has no circles, and a pack that names itself is none.
  if (!before || before.id === importId) return [];
  return ofRun(reader, before.id, imported.run_id);
}

/** What `beginImported` wrote there, if it did. */
const Resumed = z.object({ imported: z.object({ sha256: z.string(), run_id: z.string() }) });

const below = async (reader: Reader, prefix: string): Promise<string[]> =>
  (await bodiesBelow(reader, prefix)).map(({ owner }) => owner);
