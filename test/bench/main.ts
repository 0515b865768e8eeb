/**
 * Measures the built program against its own floor and against other clients, in rounds: one run
 * of each, one after the other, so that both sides of a ratio see the same machine. Then it looks for
 * the ceiling of the sandbox. Linux only.
 *
 *   npm run bench -- [--quick] [--json]
 *
 * Exits with 1 when a figure is over its limit, or the sandbox serves no 1,000 streams at once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { arch, cpus, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { commands } from './commands.ts';
import { figures, isOver } from './figures.ts';
import { type Command, measure, type Sample } from './measure.ts';
import { ceilingOfSandbox } from './sandbox.ts';
import { ceilingText, table } from './table.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const ROUNDS = flags.quick
  ? { start: 7, stream: 3, validation: 1 }
  : { start: 25, stream: 7, validation: 3 };

/** Rounds before the first that counts: the second run of a build keeps its compiled code. */
const WARM_UP = 2;

/** Runs all commands in turn, `count` times. */
async function inRounds<Name extends string>(
  group: Record<Name, Command>,
  count: number,
): Promise<Record<Name, Sample>[]> {
  const rounds: Record<Name, Sample>[] = [];
  for (let round = 0; round < WARM_UP + count; round += 1) {
    const samples = {} as Record<Name, Sample>;
    for (const name in group) samples[name] = await measure(group[name]);
    rounds.push(samples);
  }
  return rounds.slice(WARM_UP);
}

const server = spawn(
  process.execPath,
  ['--import', 'tsx', fileURLToPath(new URL('server.ts', import.meta.url))],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
const home = await mkdtemp(join(tmpdir(), 'bench-'));
try {
  const [port] = await once(server.stdout, 'data');
  const { start, stream, validation } = commands({
    home,
    url: `http://127.0.0.1:${String(port).trim()}/v1`,
  });
  const rounds = {
    start: await inRounds(start, ROUNDS.start),
    stream: await inRounds(stream, ROUNDS.stream),
    validation: await inRounds(validation, ROUNDS.validation),
  };
  const measured = figures(rounds);
  const sandbox = await ceilingOfSandbox(flags.quick);
  const machine = { node: process.version, os: platform(), arch: arch(), cpus: cpus().length };
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ machine, rounds: ROUNDS, figures: measured, sandbox }, null, 2)}\n`
      : `${Object.values(machine).join(' ')} cpus, medians of ${ROUNDS.start} rounds\n${table(measured)}\n${ceilingText(sandbox)}\n`,
  );
  if (measured.some(isOver) || sandbox.streams_at_once === 0) process.exitCode = 1;
} finally {
  server.stdin.end();
  await rm(home, { recursive: true });
}
