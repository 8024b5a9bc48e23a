import type { Call } from '../schema/call.js';
import { scopeToRead } from '../scope.js';
import { episodeIdsWithPrefix, pageEpisodes } from '../store/episodes.js';
import { pageRuns, runIdsWithPrefix } from '../store/runs.js';
import type { Store } from '../store/store.js';
import { titleOf } from '../text/shorten.js';

export type TitledRun = { readonly id: string; readonly title: string };
export type Page = { readonly afterId?: string | undefined; readonly limit: number };

/** Runs of the home scope and global in order of id, for listings. */
export const listRuns = (store: Store, call: Call, page: Page): Promise<TitledRun[]> =>
  store.read(call.namespace, async reader => {
    const runs = await pageRuns(reader, { ...page, scope: homeOf(call) });
    return runs.map(({ id, objective }) => ({ id, title: titleOf(objective) }));
  });

/** Episodes of those runs likewise. */
export const listEpisodes = (store: Store, call: Call, page: Page): Promise<TitledRun[]> =>
  store.read(call.namespace, async reader => {
    const episodes = await pageEpisodes(reader, { ...page, scope: homeOf(call) });
    return episodes.map(({ id, number, reason }) => ({ id, title: titleOf(`${number}: ${reason}`) }));
  });

/** Ids of the home scope and global that begin with what was typed, newest first. */
export const completeRunIds = (store: Store, call: Call, prefix: string): Promise<string[]> =>
  store.read(call.namespace, async reader => {
    const rows = await runIdsWithPrefix(reader, prefix, { scope: homeOf(call), limit: 100 });
    return rows.map(row => row.id);
  });

export const completeEpisodeIds = (store: Store, call: Call, prefix: string): Promise<string[]> =>
  store.read(call.namespace, async reader => {
    const rows = await episodeIdsWithPrefix(reader, prefix, { scope: homeOf(call), limit: 100 });
    return rows.map(row => row.id);
  });

const homeOf = ({ home }: Call) => scopeToRead({}, home);
