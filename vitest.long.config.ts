import { defineConfig } from 'vitest/config';

/** What `npm test` leaves out: it needs more than Node.js, as other languages, or too much time. */
export default defineConfig({
  test: {
    // The whole service is started from bundles there too.
    globalSetup: 'test/programs.ts',
    include: ['test/languages/*.test.ts', 'test/long/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
