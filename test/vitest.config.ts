import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    unstubEnvs: true,
    // Packages under test talk, oidc-provider above all: only where a test fails is it of use.
    silent: 'passed-only',
  },
});
