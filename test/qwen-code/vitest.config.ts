import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Apart from the other tests, because what these need is large and comes from the registry. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/qwen-code/*.spec.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
