import * as z from 'zod';
import { isAgentEvent } from '../schema/event.js';
import type { LedgerLine } from '../schema/pack.js';

/** What events name, and whether some event's own body was left out and may have named more. */
export type Named = { readonly hashes: ReadonlyMap<string, string>; readonly partial: boolean };

const Naming = z.looseObject({ bodies: z.record(z.string(), z.string()) });

/** The salted hash of each body that the engine's own events of some streams brought, by owner. */
export function namedBodies(streams: Iterable<readonly LedgerLine[]>): Named {
  const hashes = new Map<string, string>();
  let partial = false;
  for (const lines of streams)
    for (const { type, body } of lines) {
      if (body === null) partial = true;
      if (isAgentEvent(type)) continue;
      const naming = Naming.safeParse(body);
      if (naming.success)
        for (const [owner, hash] of Object.entries(naming.data.bodies)) hashes.set(owner, hash);
    }
  return { hashes, partial };
}
