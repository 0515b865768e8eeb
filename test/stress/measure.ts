import { parseArgs } from 'node:util';
import { crowd } from '../helpers/command-crowd.ts';

// npm run stress -- --count 100 --latency 500
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    latency: { type: 'string', default: '500' },
  },
});
for (const token of ['valid', 'expired', 'rejected'] as const) {
  const report = await crowd({
    count: Number(values.count),
    latency: Number(values.latency),
    token,
  });
  process.stdout.write(`${token}: ${JSON.stringify(report, null, 2)}\n`);
}
