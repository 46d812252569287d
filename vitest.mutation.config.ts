import { defineConfig } from 'vitest/config';

/** What a mutant of the core has to pass: its tests without the properties, which take too long. */
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts'],
    exclude: ['test/core/*.property.test.ts'],
    isolate: false,
  },
});
