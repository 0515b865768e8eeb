import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    // Only protects against hanging: on a busy machine a test can take ten times its usual time.
    testTimeout: 60_000,
    // Most tests wait for child processes: two at a time keep two cores busy, one does not.
    maxWorkers: 2,
    unstubEnvs: true,
    // Some packages under test log much, above all oidc-provider. Only a failure needs it.
    silent: 'passed-only',
  },
});
