import { defineConfig } from 'vitest/config';

const shared = { environment: 'node', pool: 'forks', restoreMocks: true } as const;

export default defineConfig({
  test: {
    maxWorkers: '100%',
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/torture/**', 'test/clients/**', 'test/e2e/**'],
          // A busy machine is no failure.
          testTimeout: 60_000,
          // Half of the time went into loading the same modules for every file.
          isolate: false,
        },
      },
      {
        test: {
          ...shared,
          name: 'whole',
          include: ['test/{torture,clients,e2e}/**/*.test.ts'],
          globalSetup: ['test/support/build.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
