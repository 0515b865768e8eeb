import { parseArgs } from 'node:util';
import { killStorm } from '../helpers/kill-storm.ts';

// npm run fuzz:kill -- --kills 500 --seed 1
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const seed = Number(values.seed);
const report = await killStorm({
  kills: Number(values.kills),
  seed,
  onKill: (done) => process.stderr.write(done % 50 === 0 ? `${done} kills\n` : ''),
});
process.stdout.write(`${JSON.stringify({ seed, ...report }, null, 2)}\n`);
process.exitCode = report.violations.length === 0 ? 0 : 1;
