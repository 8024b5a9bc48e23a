// Bundles the command into dist/bin. Lazily imported modules become chunks of their own,
// so that start-up parses only what the first reply needs.
import { rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const shared = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  external: [
    'better-sqlite3',
    'sqlite-vec',
    '@secretlint/*',
    'tiktoken',
    '@vscode/tree-sitter-wasm',
    'pino',
    // Of an optional package a bundled copy would hide whether it is installed.
    'prom-client',
  ],
  // CommonJS dependencies inside the bundle still call require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};

rmSync('dist/bin', { recursive: true, force: true });
await build({ ...shared, entryPoints: { mintmark: 'src/main.ts' }, outdir: 'dist/bin', splitting: true });
await build({ ...shared, entryPoints: ['examples/demo/demo.ts'], outfile: 'dist/bin/demo.js' });

const lister = 'dist/bin/lister.mjs';
await build({ ...shared, entryPoints: ['scripts/listing.ts'], outfile: lister });
const { listing } = await import(pathToFileURL(lister).href);
writeFileSync('dist/bin/listing.json', JSON.stringify(listing));
rmSync(lister);
