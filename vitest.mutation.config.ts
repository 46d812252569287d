import { defineConfig } from 'vitest/config';

/**
 * What a changed core has to pass: its own tests, and those of what is generated from it. The
 * properties are left out: they take 20 s, which is too long for 2,000 mutants.
 */
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts', 'test/api/eventDocuments.test.ts'],
    exclude: ['test/core/*.property.test.ts'],
    // Stryker takes coverage and time of each test; they share no state.
    isolate: false,
  },
});
