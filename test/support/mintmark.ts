import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { resolveOptions } from '../../src/config/load.js';
import { composeEngine, type Engine } from '../../src/engine.js';
import { systemSources } from '../../src/sources.js';
import { databaseFor } from './engines.js';
import { PATIENT } from './patience.js';
import { type Command, type Reply, Spawned } from './spawn.js';

export const bundle = fileURLToPath(new URL('../../dist/bin/mintmark.js', import.meta.url));
/** The command a user installs. */
export const mintmark: Command = [process.execPath, bundle];

const home = { nodes: ['repo:acme/app'], aliases: [] };

export const environment = (db: string): NodeJS.ProcessEnv => ({
  MINTMARK_DB: databaseFor(db),
  MINTMARK_SCOPE: home.nodes.join(),
});

export const startMintmark = (db: string): Promise<Spawned> =>
  new Spawned(mintmark, environment(db)).initialize();

/** The command serving a database over HTTP, at an address of its own. Disposing of it kills it. */
export async function serveMintmark(db: string, ...options: readonly string[]) {
  const serve = ['serve', '--http', '127.0.0.1:0', '--db', databaseFor(db)];
  const server = new Spawned([...mintmark, ...serve, ...options]);
  const url = await server.until(() => /http:\/\/[\d.:]+/.exec(server.stderr)?.[0]);
  return { server, url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** The library on the same file, in the test's own process. */
export const openFile = (db: string): Engine =>
  composeEngine(resolveOptions({ ...PATIENT, db: databaseFor(db) }), { sources: systemSources, home });

/** A folder that is gone when its test ends. */
export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'mintmark-test-'));
  return {
    file: (name: string) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

const ToolResult = z.object({
  isError: z.boolean().optional(),
  content: z.tuple([z.object({ text: z.string() })]),
});
const Outcome = z.looseObject({
  batch_id: z.string().optional(),
  status: z.string().optional(),
  changes: z.array(z.looseObject({ memory_id: z.string().optional() })).optional(),
  replayed: z.boolean().optional(),
});
export type Outcome = { readonly value: z.infer<typeof Outcome> } | { readonly failure: string };

/** What a tool call came to: its structured result or the text of its error. */
export function outcomeOf(reply: Reply): Outcome {
  if ('error' in reply) return { failure: `${reply.error.code}: ${reply.error.message}` };
  const {
    isError,
    content: [{ text }],
  } = ToolResult.parse(reply.result);
  return isError ? { failure: text } : { value: Outcome.parse(JSON.parse(text)) };
}

/** A stream of numbers in [0, 1) that its seed repeats (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const seedOfRun = (): number => Number(process.env.MINTMARK_SEED ?? Date.now() % 1_000_000_007);
