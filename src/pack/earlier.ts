import * as z from 'zod';
import { streamOf } from '../run/parts.js';
import type { PackContent } from './content.js';

/**
 * Runs that those of a pack went on from, in packs before it, with what they are called here: in what was noted long ago
 * only their ids stand.
 */
export function earlierRuns(
  { streams, origins }: PackContent,
  runs: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const earlier = new Map<string, string>();
  for (const [foreign, local] of runs) {
    let before = resumedFrom(streams, foreign);
    while (before && !earlier.has(before.run_id)) {
      earlier.set(before.run_id, local);
      before = resumedFrom(origins.get(before.sha256)?.streams, before.run_id);
    }
  }
  return earlier;
}

const Resumed = z.looseObject({
  imported: z.looseObject({ sha256: z.string(), run_id: z.string().regex(/^run_[0-9a-f]{32}$/) }),
});

function resumedFrom(streams: PackContent['streams'] | undefined, runId: string) {
  const [first] = streams?.get(streamOf(runId)) ?? [];
  const resumed = Resumed.safeParse(first?.body);
  return first?.type === 'RESUMED' && resumed.success ? resumed.data.imported : undefined;
}
