/** What is done to a session while it may be killed: the same ids, times and bytes each time it is done. */
import { z } from 'zod';
import { resolveOptions } from '../../src/config/load.js';
import { composeEngine, type Engine, EngineError } from '../../src/engine.js';
import { databaseFor } from '../support/engines.js';

export const Act = z.object({
  session_id: z.string(),
  does: z.enum(['append', 'compact', 'answer']),
  messages: z.array(z.record(z.string(), z.unknown())),
  summary: z.string().optional(),
});
export type Act = z.infer<typeof Act>;

const LATER = Date.UTC(2026, 1, 1);
const BEYOND = 1_000_000;

/** The library with a clock and ids that begin behind those of whoever filled the file. */
export function openForAct(db: string): Engine {
  let count = BEYOND;
  const next = () => String(++count).padStart(32, '0');
  const sources = {
    now: () => LATER + count++,
    newId: (prefix: string) => `${prefix}_${next()}`,
    newSalt: next,
  };
  const home = { nodes: ['repo:acme/app'], aliases: [] };
  // Vectors are made after the reply by a rule of their own, with kills of their own.
  const options = resolveOptions({
    db: databaseFor(db),
    redact: 'off',
    durability: 'normal',
    embedder: 'none',
  });
  return composeEngine(options, { sources, home });
}

/** With what is done after the reply. An answer may be too large for its place, which is no failure here. */
export async function perform(engine: Engine, act: Act): Promise<void> {
  await begin(engine, act);
  await engine.settled();
}

async function begin(
  { sessions, context }: Engine,
  { session_id, does, messages, summary }: Act,
): Promise<void> {
  if (does === 'append') return void (await sessions.append({ session_id, messages }));
  if (does === 'compact') return void (await context.compact({ session_id, summary }));
  const { summary_request } = await sessions.append({ session_id, messages: [] });
  if (!summary_request) return;
  const { request_id } = summary_request;
  await context.compact({ session_id, request_id, summary }).catch(error => {
    if (!(error instanceof EngineError) || error.code !== 'too_large') throw error;
  });
}
