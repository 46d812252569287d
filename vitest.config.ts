import { defineConfig } from 'vitest/config';

/** Tests of the Azure SDKs' clients, which take long to load and trust any certificate. */
const CLIENTS = ['test/azure/**/*.test.ts', 'test/contract/azure*.test.ts'];

/** Tests that start processes, or that set what holds for a whole process. */
const PROCESSES = [
  'test/azure/service.test.ts',
  'test/e2e/**/*.test.ts',
  'test/local/host/**/*.test.ts',
  'test/examples/**/*.test.ts',
];

export default defineConfig({
  test: {
    // For tests that hang: a machine that is busy is no reason to fail.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // End-to-end tests mostly wait for one another's processes.
    maxWorkers: 4,
    projects: [
      {
        extends: true,
        test: { name: 'processes', include: PROCESSES, globalSetup: 'test/programs.ts' },
      },
      {
        extends: true,
        test: {
          name: 'clients',
          include: CLIENTS,
          exclude: PROCESSES,
          setupFiles: 'test/azure/setup.ts',
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'modules',
          include: ['test/**/*.test.ts'],
          // See vitest.long.config.ts.
          exclude: [...CLIENTS, ...PROCESSES, 'test/languages/**', 'test/long/**'],
          // They share no state: what a module keeps is given to it.
          isolate: false,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      // The core is what the promises rest on; the rest runs in processes that coverage does not see.
      include: ['shared/core/**'],
      reporter: ['text-summary', 'lcov'],
      thresholds: { branches: 95 },
    },
  },
});
