import { EngineError } from '../errors.js';
import type { Origins, ReadOrigin } from '../run/origin.js';
import { EpisodeBody } from '../schema/episode.js';
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
        if (noun === 'episode') await refuseImported(reader, rest);
        for (const id of await localIds(reader, rest)) {
          const became = await read(reader, id);
          if (became) return became;
        }
        return undefined;
      },
    ]),
  );

/** It is kept byte for byte, secrets that are redacted here included, so nothing goes on from it. Throws `invalid`. */
async function refuseImported(reader: Reader, id: string): Promise<void> {
  const found = await importedEpisode(reader, id);
  if (!found) return;
  const { run_id } = EpisodeBody.parse(JSON.parse(found.content));
  throw new EngineError(
    'invalid',
    `${id} came along with a pack: it can be read, but no run be forked from it here.`,
    `Give from run://${run_id}, which goes on here from where the pack ended, or fork it where it was sealed.`,
  );
}
