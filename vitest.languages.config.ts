import { defineConfig } from 'vitest/config';

/** The examples in other languages: they need what a machine with Node.js alone does not have. */
export default defineConfig({
  test: {
    include: ['test/languages/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
