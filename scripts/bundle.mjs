// Bundles the command into dist/bin. Lazily imported modules become chunks of their own,
// so that start-up parses only what the first reply needs.
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist/bin', { recursive: true, force: true });
await build({
  entryPoints: { mintmark: 'src/main.ts' },
  outdir: 'dist/bin',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  external: ['better-sqlite3', 'sqlite-vec', '@secretlint/*', 'tiktoken', '@vscode/tree-sitter-wasm'],
  // CommonJS dependencies inside the bundle still call require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
