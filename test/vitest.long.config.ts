import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import quick, { LONG } from './vitest.config.ts';

/** `npm test` ends within 3 minutes; these tests take another one. */
const config = mergeConfig(quick, defineConfig({}));
export default {
  ...config,
  test: { ...config.test, include: [LONG], exclude: configDefaults.exclude },
};
