import { expect, test } from 'vitest';
import { crowd } from '../helpers/command-crowd.ts';
import { killStorm } from '../helpers/kill-storm.ts';

// The same with hundreds of processes and kills: `npm run stress` and `npm run fuzz:kill`.

const PROGRAMS = 10;
/** Milliseconds that the server takes for a refresh. */
const REFRESH_MS = 300;
/** In each of two series that run at the same time. */
const KILLS = 20;

test.each([
  ['has expired', 'expired', 'access-2\n'],
  ['is rejected by the API', 'rejected', expect.stringContaining('a-model')],
] as const)(
  'when the token %s, ten concurrent programs refresh it once and all succeed',
  { timeout: 60_000 },
  async (_, token, outcome) => {
    const report = await crowd({ count: PROGRAMS, token, latency: REFRESH_MS });
    expect(report).toMatchObject({
      requests: 1,
      outcomes: [outcome],
      left: ['oauth_creds.json'],
    });
  },
);

test(
  'a program that is killed during a refresh leaves a complete file with the newest token it received',
  { timeout: 60_000 },
  async () => {
    const seed = Date.now() % 2 ** 31;
    const lanes = [seed, seed + 1].map((one) => killStorm({ kills: KILLS, seed: one }));
    for (const report of await Promise.all(lanes)) {
      expect(report.violations, `seed ${seed}`).toEqual([]);
      expect(report.kept + report.recovered + report.lost).toBe(KILLS);
    }
  },
);
