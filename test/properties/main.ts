/** Runs the properties of everything that reads what others wrote with 10,000 new cases each. */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';

/** Milliseconds: a case without an end blocks the process of the tests. */
const LIMIT = 15 * 60_000;

const { FUZZ_SEED = String(randomInt(2 ** 31)), FUZZ_RUNS = '10000' } = process.env;
console.log(`${FUZZ_RUNS} cases each. The same again: FUZZ_SEED=${FUZZ_SEED} npm run fuzz`);
const { status, signal } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'test/vitest.config.ts',
    'test/properties/readers.test.ts',
    'test/properties/shown.test.ts',
  ],
  { stdio: 'inherit', timeout: LIMIT, env: { ...process.env, FUZZ_SEED, FUZZ_RUNS } },
);
if (signal !== null) console.error(`It did not end within ${LIMIT / 60_000} min: ${signal}`);
process.exitCode = status ?? 1;
