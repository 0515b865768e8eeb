import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

/** What takes long: vitest.long.config.ts. */
export const LONG = 'test/**/*.long.test.ts';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, LONG],
    // Only protects against hanging: on a busy machine a test can take ten times its usual time.
    testTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    // Most tests wait for child processes: three at a time keep two cores busy, two do not.
    maxWorkers: 3,
    unstubEnvs: true,
    // Some packages under test log much, above all oidc-provider. Only a failure needs it.
    silent: 'passed-only',
  },
});
