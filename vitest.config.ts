import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those need more than Node.js: see vitest.languages.config.ts.
    exclude: ['test/languages/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // End-to-end tests mostly wait for one another's processes.
    maxWorkers: 4,
    coverage: {
      provider: 'v8',
      // The core is what the promises rest on; the rest runs in processes that coverage does not see.
      include: ['shared/core/**'],
      reporter: ['text-summary', 'lcov'],
      thresholds: { branches: 95 },
    },
  },
});
