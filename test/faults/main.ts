/**
 * Runs every command against every fault of the sandbox, and compares with docs/faults.md.
 *
 *   npm run faults [-- --write] [-- --only TEXT]
 *
 * `--write` writes the page. `--only` shows the runs whose fault and command contain a text. Exits
 * with 1 when a run differs from the page or does what no command may do.
 */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { entryOf, pageOf, rowsIn } from './page.ts';
import { runScene, type Result } from './run-scene.ts';
import { SCENES, type Scene } from './scenes.ts';

const { values: flags } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    /** For the processes that this one starts: `0/2` is the first of two. */
    part: { type: 'string' },
  },
});
const PAGE = new URL('../../docs/faults.md', import.meta.url);
/** Runs at the same time in one process: most of them wait. */
const AT_ONCE = 12;

/** Runs the scenes of these numbers; the results have the numbers of the scenes. */
async function runAll(numbers: readonly number[]): Promise<[number, Result][]> {
  const queue = [...numbers];
  const results: [number, Result][] = [];
  const work = async (): Promise<void> => {
    for (let number = queue.shift(); number !== undefined; number = queue.shift()) {
      results.push([number, await run(SCENES[number] as Scene)]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

async function run(scene: Scene): Promise<Result> {
  try {
    return await runScene(scene);
  } catch (error) {
    const nothing = { code: 1, requests: '', stdout: 'nothing', message: '', files: '' } as const;
    return { ...nothing, violations: [String(error)] };
  }
}

async function inProcesses(): Promise<Result[]> {
  const count = Math.min(availableParallelism(), 4);
  const parts = Array.from({ length: count }, async (_, index) => {
    const script = fileURLToPath(import.meta.url);
    const args = ['--import', 'tsx', script, '--part', `${index}/${count}`];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    return JSON.parse(await text(child.stdout)) as [number, Result][];
  });
  const results: Result[] = [];
  for (const [number, result] of (await Promise.all(parts)).flat()) results[number] = result;
  return results;
}

/** What is wrong, one line for each run. */
function complaints(results: readonly Result[], page: string): string[] {
  const written = rowsIn(page);
  return SCENES.flatMap((scene, number) => {
    const result = results[number] as Result;
    const [name, row] = entryOf(scene, result);
    const expected = written.get(name);
    const differs = `${name}\n  ${row}\n  the page says: ${expected ?? 'nothing'}`;
    return [
      ...result.violations.map((violation) => `${name}: ${violation}`),
      ...(expected === row || flags.write ? [] : [differs]),
    ];
  });
}

// In an order that keeps apart what is next to each other: some faults take all of a processor.
const STEP = 37;
const numbers = [...SCENES.keys()].toSorted((a, b) => (a % STEP) - (b % STEP));
if (flags.part !== undefined) {
  const [index, count] = flags.part.split('/').map(Number);
  const own = numbers.filter((_, position) => position % Number(count) === index);
  process.stdout.write(JSON.stringify(await runAll(own)));
} else if (flags.only !== undefined) {
  const { only } = flags;
  const chosen = numbers.filter((number) => {
    const { fault, command } = SCENES[number] as Scene;
    return `${fault} ${command.name}`.includes(only);
  });
  for (const [number, result] of (await runAll(chosen)).toSorted(([a], [b]) => a - b)) {
    const [name, row] = entryOf(SCENES[number] as Scene, result);
    process.stdout.write([`${name}: ${row}`, ...result.violations, ''].join('\n'));
  }
} else {
  const start = performance.now();
  const results = await inProcesses();
  const failed = results.some(({ requests }) => requests === '');
  if (flags.write && !failed) await writeFile(PAGE, pageOf(results));
  const wrong = complaints(results, await readFile(PAGE, 'utf8'));
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  process.stdout.write(
    [...wrong, `${SCENES.length} runs, ${wrong.length} wrong, ${seconds} s`, ''].join('\n'),
  );
  if (wrong.length > 0) process.exitCode = 1;
}
process.exit();
