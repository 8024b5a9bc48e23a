import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { run } from '../../src/cli/program.js';
import { resolveOptions } from '../../src/config/load.js';
import { composeEngine, type Engine, type ProposedChange } from '../../src/engine.js';
import { type Sources, systemSources } from '../../src/sources.js';
import { databaseFor } from '../support/engines.js';
import { PATIENT } from '../support/patience.js';

export type Outcome = { readonly code: number; readonly out: string; readonly err: string };

/** A folder with a database of its own, in which the command line runs. */
export class Place implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'mintmark-cli-'));
  readonly db = join(this.folder, 'memory.db');

  file(name: string): string {
    return join(this.folder, name);
  }

  /** Runs the command line within this process, as `main` would. */
  async run(...args: readonly string[]): Promise<Outcome> {
    const cwd = process.cwd();
    const out = captured(process.stdout);
    const err = captured(process.stderr);
    vi.stubEnv('MINTMARK_DB', databaseFor(this.db));
    process.chdir(this.folder);
    try {
      await run(['node', 'mintmark', ...args], async () => ({ tools: [], resources: [], prompts: [] }));
      return { code: Number(process.exitCode ?? 0), out: out(), err: err() };
    } finally {
      process.exitCode = undefined;
      process.chdir(cwd);
      vi.unstubAllEnvs();
      vi.restoreAllMocks();
    }
  }

  /** Works on the database from inside and closes it again. */
  async within<T>(work: (engine: Engine) => Promise<T>, sources: Sources = systemSources): Promise<T> {
    const home = { nodes: ['repo:acme/app'], aliases: [] };
    const engine = composeEngine(resolveOptions({ ...PATIENT, db: databaseFor(this.db) }), { sources, home });
    try {
      return await work(engine);
    } finally {
      await engine.close();
    }
  }

  /** Commits memories, or leaves them waiting, and returns the reply. */
  propose(changes: readonly ProposedChange[], { commit = true, sources = systemSources } = {}) {
    return this.within(engine => engine.memories.propose({ changes, commit }), sources);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Holds back what is written to a stream, and returns the way to read it. */
function captured(stream: NodeJS.WriteStream): () => string {
  let text = '';
  vi.spyOn(stream, 'write').mockImplementation((chunk, encoding, done) => {
    text += String(chunk);
    const callback = typeof encoding === 'function' ? encoding : done;
    callback?.();
    return true;
  });
  return () => text;
}
