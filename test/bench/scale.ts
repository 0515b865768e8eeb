/**
 * Measures validate-models with 1,000 models and every probe of a chat model, 100 models at a time:
 * the CPU time of a question, the peak of memory, and the size of each report. Linux only.
 *
 *   npm run bench:scale -- [--models N]
 *
 * Exits with 1 when a figure is over its limit.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PROBE_NAMES } from '../../src/core/validation/report.ts';
import { measure } from './measure.ts';

const { values: flags } = parseArgs({ options: { models: { type: 'string', default: '1000' } } });

/** Those that need no model of another kind, no questions of the user, and no mistakes. */
const PROBES = PROBE_NAMES.filter((name) => !/^(embeddings|own|errors)$/.test(name));
const KINDS = ['json', 'junit', 'tap', 'markdown', 'html', 'github'] as const;
const MB = 1_000_000;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = spawn(process.execPath, ['--import', 'tsx', here('server.ts')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const home = await mkdtemp(join(tmpdir(), 'scale-'));
try {
  const [port] = await once(server.stdout, 'data');
  const origin = `http://127.0.0.1:${String(port).trim()}`;
  const file = join(home, 'models.json');
  const models = Array.from({ length: Number(flags.models) }, (_, index) => ({
    model: `model-${index}`,
    // The answers of the server are wrong, and a run that fails cannot be measured.
    required: false,
    probes: PROBES,
  }));
  await writeFile(file, JSON.stringify({ models }));
  const run = (...more: string[]) =>
    measure({
      argv: [
        process.execPath,
        here('../../dist/main.cjs'),
        'validate-models',
        '--file',
        file,
        '-j',
        '100',
        ...more,
      ],
      env: {
        PATH: process.env.PATH ?? '',
        HOME: home,
        QWEN_DEMO_HOME: home,
        OPENAI_BASE_URL: `${origin}/v1`,
      },
    });
  const sample = await run();
  const questions = Number(await (await fetch(`${origin}/requests`)).text());
  const reported = await run(
    ...KINDS.flatMap((kind) => ['--report', `${kind}=${join(home, kind)}`]),
  );
  const sizes = await Promise.all(KINDS.map(async (kind) => (await stat(join(home, kind))).size));
  const figures = [
    ['CPU of a question, ms', sample.cpu_ms / questions, 2],
    ['peak of memory, MB', sample.peak_bytes / MB, 250],
    ['with every report, MB', reported.peak_bytes / MB, 250],
    ...KINDS.map((kind, index) => {
      return [`${kind}, MB`, (sizes[index] ?? 0) / MB, kind === 'html' ? 2 : Infinity] as const;
    }),
  ] as const;
  process.stdout.write(`${questions} questions in ${Math.round(sample.wall_ms / 1000)} s\n`);
  for (const [title, value, limit] of figures) {
    const over = value > limit ? ` (over the limit of ${limit})` : '';
    process.stdout.write(`${title.padEnd(24)}${value.toFixed(2)}${over}\n`);
  }
  if (figures.some(([, value, limit]) => value > limit)) process.exitCode = 1;
} finally {
  server.stdin.end();
  await rm(home, { recursive: true, force: true });
}
