import { expect, test } from 'vitest';
import { crowd } from '../helpers/command-crowd.ts';
import { killStorm } from '../helpers/kill-storm.ts';

// The same with hundreds of processes and kills: `npm run stress` and `npm run fuzz:kill`.

test.each([
  ['has expired', 'expired', 'access-2\n'],
  ['is rejected by the API', 'rejected', expect.stringContaining('a-model')],
] as const)(
  'when the token %s, ten programs at once refresh it once and all succeed',
  { timeout: 60_000 },
  async (_, token, outcome) => {
    const report = await crowd({ count: 10, token, latency: 300 });
    expect(report).toMatchObject({
      requests: 1,
      outcomes: [outcome],
      left: ['oauth_creds.json'],
    });
  },
);

test(
  'a program killed at any moment of a refresh leaves a whole file with the newest token it could know',
  { timeout: 60_000 },
  async () => {
    const seed = Date.now() % 2 ** 31;
    const lanes = [seed, seed + 1].map((one) => killStorm({ kills: 20, seed: one }));
    for (const report of await Promise.all(lanes)) {
      expect(report.violations, `seed ${seed}`).toEqual([]);
      expect(report.kept + report.recovered + report.lost).toBe(20);
    }
  },
);
