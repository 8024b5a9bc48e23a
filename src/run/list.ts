import type { Call } from '../schema/call.js';
import type { Page, Titled } from '../schema/listing.js';
import { scopeToRead } from '../scope.js';
import { completing } from '../store/completing.js';
import { episodeIdsWithPrefix, pageEpisodes } from '../store/episodes.js';
import { pageRuns, runIdsWithPrefix } from '../store/runs.js';
import type { Store } from '../store/store.js';
import { titleOf } from '../text/shorten.js';

/** Runs of the home scope and global in order of id, for listings. */
export const listRuns = (store: Store, call: Call, page: Page): Promise<Titled[]> =>
  store.read(call.namespace, async reader => {
    const runs = await pageRuns(reader, { ...page, scope: scopeToRead({}, call.home) });
    return runs.map(({ id, objective }) => ({ id, title: titleOf(objective) }));
  });

/** Episodes of those runs likewise. */
export const listEpisodes = (store: Store, call: Call, page: Page): Promise<Titled[]> =>
  store.read(call.namespace, async reader => {
    const episodes = await pageEpisodes(reader, { ...page, scope: scopeToRead({}, call.home) });
    return episodes.map(({ id, number, reason }) => ({ id, title: titleOf(`${number}: ${reason}`) }));
  });

export const completeRunIds = completing(runIdsWithPrefix);
export const completeEpisodeIds = completing(episodeIdsWithPrefix);
