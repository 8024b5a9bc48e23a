import { erase, ownersInStream } from '../ledger/erase.js';
import { eventOwner } from '../ledger/seal.js';
import { withBody } from '../store/bodies.js';
import { deleteEpisodes, type EpisodeRow, episodesById, episodesOf } from '../store/episodes.js';
import { dropRepliesNaming } from '../store/idempotency.js';
import { lastOfType } from '../store/run-events.js';
import { deleteRuns } from '../store/runs.js';
import { dropUnusedScopes } from '../store/scopes.js';
import type { Reader, Writer } from '../store/store.js';
import { type Parts, streamOf } from './parts.js';

/**
 * Erases runs for good: the bodies of their streams and episodes under one PURGE event, their rows, stored replies and
 * the scope names nobody uses any more. The streams stay as hashes.
 */
export async function purgeRuns(
  parts: Pick<Parts, 'sources'>,
  writer: Writer,
  ids: readonly string[],
): Promise<void> {
  const episodes = (await episodesOf(writer, ids)).map(({ id }) => id);
  const events: string[] = [];
  for (const id of ids) events.push(...(await ownersInStream(writer, streamOf(id))));
  const owners = [...(await withBody(writer, episodes)), ...events];
  await eraseNamed(parts, writer, { ids: [...ids, ...episodes], owners });
  await deleteEpisodes(writer, episodes);
  await deleteRuns(writer, ids);
  await dropUnusedScopes(writer);
}

/** Erases episodes for good, with the events that name their reasons. What they sealed stays in the run's history. */
export async function purgeEpisodes(
  parts: Pick<Parts, 'sources'>,
  writer: Writer,
  ids: readonly string[],
): Promise<void> {
  const events: string[] = [];
  for (const episode of await episodesById(writer, ids)) events.push(...(await milestoneOf(writer, episode)));
  const owners = await withBody(writer, [...ids, ...events]);
  await eraseNamed(parts, writer, { ids, owners });
  await deleteEpisodes(writer, ids);
}

async function milestoneOf(reader: Reader, { id, run_id }: EpisodeRow): Promise<string[]> {
  const stream = streamOf(run_id);
  const named = JSON.stringify(id);
  const all = await lastOfType(reader, stream, { type: 'MILESTONE', limit: Number.MAX_SAFE_INTEGER });
  return all
    .filter(({ content }) => content?.includes(named))
    .map(({ sequence }) => eventOwner(stream, sequence));
}

async function eraseNamed(
  { sources }: Pick<Parts, 'sources'>,
  writer: Writer,
  { ids, owners }: { readonly ids: readonly string[]; readonly owners: readonly string[] },
): Promise<void> {
  await erase(writer, sources, { stream: 'admin', at: sources.now(), payload: { ids, owners } });
  for (const id of ids) await dropRepliesNaming(writer, id);
}
