import { append } from '../ledger/ledger.js';
import { callsNeeded, type DoomLoop, findLoop, newLoop, toolCall } from '../run/loops.js';
import { lastCalling } from '../store/messages.js';
import type { StoredSession } from '../store/sessions.js';
import type { Writer } from '../store/store.js';
import { callsIn, openBody } from './body.js';
import { type Parts, streamOf } from './parts.js';

type Calling = { readonly session: StoredSession; readonly calls: ReturnType<typeof callsIn> };

/** The loop that the newest calls of a session have closed, each new one with an event. What text lies between does not matter. */
export async function warnOfLoops(
  { sources, options }: Parts,
  writer: Writer,
  { session, calls }: Calling,
): Promise<DoomLoop | undefined> {
  if (calls.length === 0) return undefined;
  const repeats = options.doomLoopRepeats;
  const needed = callsNeeded(repeats) + calls.length;
  const stored = await lastCalling(writer, session.id, needed);
  const all = stored
    .reverse()
    .flatMap(({ content }) => callsIn(openBody(content)))
    .map(call => toolCall({ name: call.name, arguments: call.arguments }));
  let loop: DoomLoop | undefined;
  for (let end = all.length - calls.length + 1; end <= all.length; end += 1) {
    const last = all.slice(Math.max(0, end - callsNeeded(repeats) - 1), end);
    loop = findLoop(last, repeats) ?? loop;
    const fresh = newLoop(last, repeats);
    if (!fresh) continue;
    const event = {
      stream: streamOf(session.id),
      type: 'DOOM_LOOP',
      at: sources.now(),
      payload: fresh,
    } as const;
    await append(writer, sources, event);
  }
  return loop;
}
