import { type Origin, type Origins, type ReadOrigin, sealedFields } from '../run/origin.js';
import { EpisodeBody } from '../schema/episode.js';
import { runById } from '../store/runs.js';
import type { Reader } from '../store/store.js';
import { importedEpisode, localIds } from './resolve.js';

/** What a run can be forked from, also by the ids that things had where a pack came from. */
export const alsoImported = (origins: Origins): Origins =>
  Object.fromEntries(
    Object.entries(origins).map(([noun, read]): [string, ReadOrigin] => [
      noun,
      async (reader, rest) => {
        const own = await read(reader, rest);
        if (own) return own;
        if (noun === 'episode') return keptEpisode(reader, rest);
        for (const id of await localIds(reader, rest)) {
          const became = await read(reader, id);
          if (became) return became;
        }
        return undefined;
      },
    ]),
  );

/** It is kept as it came; its run goes on here, and has a scope. */
async function keptEpisode(reader: Reader, id: string): Promise<Origin | undefined> {
  const found = await importedEpisode(reader, id);
  const body = EpisodeBody.safeParse(found && JSON.parse(found.content)).data;
  if (!found || !body) return undefined;
  for (const runId of await localIds(reader, body.run_id)) {
    const run = await runById(reader, runId);
    const uri = `episode://${found.foreign_id}`;
    if (run) return { uri, scope: run.scope, trust: 'import', fields: sealedFields(body), foreign: true };
  }
  return undefined;
}
