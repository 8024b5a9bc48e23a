import { existsSync, statfsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const onPostgres = process.env.MINTMARK_TEST_POSTGRES !== undefined;
/** What only says something on PostgreSQL. */
const elsewhere = onPostgres ? [] : ['test/postgres/**', 'test/torture/postgres/**'];
const shared = {
  environment: 'node',
  pool: 'forks' as const,
  restoreMocks: true,
  // Half of the time went into loading the same modules for every file.
  isolate: false,
  // A busy machine is no failure: these end what hangs, and nothing else.
  expect: { poll: { timeout: 120_000 } },
  testTimeout: 180_000,
  hookTimeout: 180_000,
  // A failure that does not come again is named at the end (test/support/second-try.ts), and stops nobody's change.
  retry: process.env.CI ? 1 : 0,
  setupFiles: ['test/support/seed.ts', ...(onPostgres ? ['test/support/postgres-setup.ts'] : [])],
  globalSetup: onPostgres ? ['test/support/postgres-owner.ts'] : [],
};

/**
 * A disk takes its time for each commit, and nearly every test has a database of its own. None needs one: who is killed
 * loses nothing that the system holds, and what a loss of power takes is played back (test/torture/power-loss.test.ts).
 */
const ROOM = 2 ** 30;
const inMemory = existsSync('/dev/shm') && roomIn('/dev/shm') > ROOM;
const TMPDIR = inMemory ? { TMPDIR: '/dev/shm' } : {};

const quick = { ...shared, env: { ...TMPDIR, MINTMARK_SWEEP: '0.1' } };

const whole = {
  ...shared,
  env: TMPDIR,
  globalSetup: [...shared.globalSetup, 'test/support/build.ts'],
  testTimeout: 600_000,
};

/** In project `wide`: what would keep `npm run check` from taking half a minute on two cores. */
const slow = [
  'test/{cli,copy,http,prompts,resources,search}/**/*.test.ts',
  ...[
    'domain/analyse',
    'domain/checkpoint-merge',
    'domain/context-properties',
    'domain/context-prune',
    'domain/encodings',
    'domain/estimate',
    'domain/rank',
    'domain/redact',
    'domain/schemas',
    'store/held',
    'store/ledger',
    'store/open-file',
    'store/open-files',
    'store/passages',
    'store/shared-work',
    'tools/blob-put',
    'tools/context-compact',
    'tools/load-by-scope',
    'tools/originals',
    'tools/pack-export-import',
    'tools/pack-foreign',
    'tools/pack-paths',
    'tools/pack-purge',
    'tools/pack-sessions',
    'tools/purge-apart',
    'tools/sampling',
    'tools/search-kinds',
    'tools/search-pages',
    'tools/search-pattern',
    'tools/session-large',
    'tools/session-messages',
    'tools/session-rewind',
    'tools/writers',
  ].map(name => `test/${name}.test.ts`),
];

/** Random tests that make a tenth of their runs in `unit` or `wide` (test/support/sweep.ts) and all of them in `whole`. */
const sweeps = [
  'checkpoint-match',
  'context-digest',
  'encodings',
  'evict',
  'hit',
  'newest-rows',
  'pack-content',
  'redact',
  'session-history',
  'session-round-trip',
].map(name => `test/domain/${name}.test.ts`);

export default defineConfig({
  test: {
    maxWorkers: '100%',
    reporters: ['default', './test/support/second-try.ts'],
    // What was compiled once is kept by the hash of its content: a third of the time before each commit.
    experimental: { fsModuleCache: true },
    projects: [
      {
        test: {
          ...quick,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{torture,clients,e2e,newer}/**', ...elsewhere, ...slow],
        },
      },
      { test: { ...quick, name: 'wide', include: slow } },
      {
        test: {
          ...whole,
          name: 'whole',
          include: ['test/{torture,clients,e2e}/**/*.test.ts', ...sweeps],
          exclude: elsewhere,
        },
      },
      // Needs what .ci/with-newer-node installs.
      { test: { ...whole, name: 'newer', include: ['test/newer/**/*.test.ts'] } },
    ],
  },
});

/** In bytes. */
function roomIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
