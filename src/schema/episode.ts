import * as z from 'zod';
import { WorkingSet } from './working-set.js';

/** An immutable milestone of a run. Its hash is the SHA-256 of salt and RFC 8785 text of this body. */
export const EpisodeBody = z.strictObject({
  episode_id: z.string(),
  run_id: z.string(),
  /** 1, 2, 3 … within the run. */
  number: z.int().min(1),
  /** ISO 8601, UTC. */
  created_at: z.iso.datetime(),
  reason: z.string(),
  /** The caller's, else counts per event type and the last events. */
  summary: z.string(),
  ws_before: WorkingSet,
  ws_after: WorkingSet,
  /** Sequences of the run's stream since the episode before, inclusive; first > last when there were none. */
  events: z.strictObject({ first: z.int(), last: z.int() }),
  /** Memories committed with it. */
  memory_commits: z.array(z.string()),
  next_entry_point: z.string().nullable(),
});
export type EpisodeBody = z.output<typeof EpisodeBody>;
