import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { build } from 'esbuild';
import { bundledProgram, PROGRAMS } from './programs.js';

/** Tests from outside run the command a user installs, so it is bundled once before them, or before several runs at once. */
export default async function bundle(): Promise<void> {
  await Promise.all(PROGRAMS.map(bundleProgram));
  if (process.env.MINTMARK_BUNDLED) return;
  execFileSync(process.execPath, ['scripts/bundle.mjs'], { stdio: 'inherit' });
}

async function bundleProgram(name: (typeof PROGRAMS)[number]): Promise<void> {
  const to = bundledProgram(name);
  // Another run of tests may be starting it: it is whole whenever it is there.
  const own = `${to}.${process.pid}`;
  await build({
    entryPoints: [`test/torture/${name}.ts`],
    outfile: own,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
    external: ['better-sqlite3', 'pg', 'sqlite-vec', '@secretlint/*', 'tiktoken', '@vscode/tree-sitter-wasm'],
    banner: {
      js: "import { createRequire as __r } from 'node:module'; const require = __r(import.meta.url);",
    },
  });
  renameSync(own, to);
}
