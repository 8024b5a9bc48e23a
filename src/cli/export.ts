import { existsSync, realpathSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod';
import type { Engine } from '../engine.js';
import { EngineError } from '../errors.js';
import { PORTABLE } from '../memory/portable.js';
import { everyRow } from '../store/every-row.js';
import { formatTime } from '../text/time.js';
import { type Command, print } from './command.js';
import { Progress } from './progress.js';

const PAGE = 500;
const Flags = z.object({ out: z.string().min(1).optional(), force: z.boolean().optional() });

export const exportMemories: Command = {
  name: 'export',
  description: 'Write all memories as JSON lines, each with its SHA-256, for `mintmark import`.',
  configure(program) {
    program
      .option('--out <file>', 'write to this file instead of the standard output')
      .option('--force', 'replace the file when it exists');
  },
  async work(engine, given) {
    const { out, force = false } = Flags.parse(given.flags);
    if (out === undefined) {
      for await (const line of lines(engine)) await writeOut(line);
      return 0;
    }
    const path = resolve(out);
    const memories = await writeFile(engine, path, force);
    print(given, { path, memories }, () => [`${memories} memories written to ${path}`]);
    return 0;
  },
};

async function* lines(engine: Engine): AsyncGenerator<string> {
  yield `${JSON.stringify({ ...PORTABLE, namespace: engine.config.namespace, exported_at: formatTime(Date.now()) })}\n`;
  const memories = everyRow({ by: 'id', from: '' }, afterId =>
    engine.memories.exportPage({ afterId, limit: PAGE }),
  );
  for await (const memory of memories) yield `${JSON.stringify(memory)}\n`;
}

const writeOut = (text: string): Promise<void> =>
  new Promise((done, fail) => {
    process.stdout.write(text, error => (error ? fail(error) : done()));
  });

/** The file appears under its name only when it is whole. Returns the number of memories. */
async function writeFile(engine: Engine, path: string, force: boolean): Promise<number> {
  await demandFree(engine, path, force);
  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = await open(partial, 'wx', 0o600);
    const count = await writeLines(file, engine).finally(() => file.close());
    await demandFree(engine, path, force);
    await rename(partial, path);
    return count;
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof EngineError || !(error instanceof Error && 'code' in error)) throw error;
    throw new EngineError(
      'io_error',
      `${path} cannot be written: ${error.message}.`,
      'Give --out a file in a folder that exists and can be written to.',
      { cause: error },
    );
  }
}

async function writeLines(file: FileHandle, engine: Engine): Promise<number> {
  using progress = new Progress('memories');
  let count = -1;
  for await (const line of lines(engine)) {
    await file.write(line);
    count += 1;
    progress.report(count);
  }
  await file.sync();
  return count;
}

async function demandFree(engine: Engine, path: string, force: boolean): Promise<void> {
  if (!existsSync(path)) return;
  if (!force)
    throw new EngineError('conflict', `${path} exists.`, 'Give another --out, or --force to replace it.');
  const { store } = await engine.status();
  const own = ['', '-wal', '-shm', '-journal']
    .map(suffix => `${store.path}${suffix}`)
    .filter(file => existsSync(file));
  if (own.some(file => realpathSync(file) === realpathSync(path)))
    throw new EngineError('forbidden', `${path} is the database itself.`, 'Give another --out.');
}
