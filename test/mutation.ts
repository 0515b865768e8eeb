/**
 * Changes the source of the core job in one place at a time, and shows the changes that no test notices.
 * `npm run mutation -- src/core/chat/sse.ts` takes some of the files alone. StrykerJS comes from npm into
 * a folder of its own: it is 150 packages, which `npm ci` need not install for everybody.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The last version that runs on Node 20. */
const VERSION = '9.6.1';
const TOOLS = [`@stryker-mutator/core@${VERSION}`, `@stryker-mutator/vitest-runner@${VERSION}`];
/** Milliseconds of the installation and of everything. */
const INSTALL_LIMIT = 120_000;
const LIMIT = 30 * 60_000;
/** Percent of the changes of each file that its tests must notice. */
const LEAST = 90;

/** Each file that is changed, with the tests that must notice it. They run once for each change. */
const TESTS_OF: Readonly<Record<string, readonly string[]>> = {
  'src/core/chat/sse.ts': ['chat/sse'],
  'src/core/chat/chunk.ts': ['chat/chunk', 'chat/answer-shapes', 'chat/answer-ends'],
  'src/core/chat/message-parts.ts': ['chat/message-parts'],
  'src/core/chat/chunk-reader.ts': ['chat/chunk-reader'],
  'src/core/oauth/token.ts': ['oauth/token', 'oauth/server-failures'],
  'src/core/credentials/session.ts': ['credentials/session', 'credentials/disasters'],
  'src/core/qwen/endpoint.ts': ['qwen/endpoint', 'qwen/plain-http'],
  'src/core/qwen/hosts.ts': ['qwen/hosts', 'qwen/endpoint', 'qwen/plain-http'],
  'src/core/qwen/api-url.ts': ['qwen/api-url'],
};

const root = fileURLToPath(new URL('..', import.meta.url));
const end = performance.now() + LIMIT;
const named = process.argv.slice(2);
const unknown = named.find((file) => !(file in TESTS_OF));
if (unknown !== undefined) {
  console.error(`error: test/mutation.ts names no tests for ${unknown}`);
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'qwen-demo-mutation-'));
const modules = join(folder, 'node_modules');
try {
  await install();
  for (const file of named.length > 0 ? named : Object.keys(TESTS_OF)) await mutate(file);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function install(): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const flags = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'];
  const { status, stderr } = spawnSync('npm', ['install', ...flags, ...TOOLS], {
    cwd: folder,
    timeout: INSTALL_LIMIT,
  });
  if (status !== 0) throw new Error(`npm could not install StrykerJS:\n${stderr}`);
  // The project's own: the runner must load the vitest that the tests load.
  for (const name of ['vitest', 'typescript'])
    await symlink(join(root, 'node_modules', name), join(modules, name));
}

/** Prints the changes of one file that its tests do not notice, and their share. */
async function mutate(file: string): Promise<void> {
  // Not with Stryker's `testFiles`: with it the changes of constants are never in force (its issue 6144).
  const include = TESTS_OF[file]?.map((name) => `test/core/${name}.test.ts`);
  const tests = join(folder, 'vitest.config.mjs');
  await writeFile(
    tests,
    `export default ${JSON.stringify({ test: { include, silent: true } })};\n`,
  );
  const config = join(folder, 'stryker.config.json');
  const options = {
    mutate: [file],
    testRunner: 'vitest',
    plugins: [join(modules, '@stryker-mutator/vitest-runner/dist/src/index.js')],
    vitest: { configFile: tests },
    ignorePatterns: ['dist', 'docs', 'coverage'],
    tempDirName: join(folder, 'copies'),
    concurrency: 2,
    logLevel: 'warn',
    reporters: ['clear-text'],
    clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
    thresholds: { high: 100, low: LEAST, break: LEAST },
  };
  await writeFile(config, JSON.stringify(options));
  const started = performance.now();
  // With a group of its own: to end Stryker alone leaves its workers.
  const child = spawn(
    process.execPath,
    [join(modules, '@stryker-mutator/core/bin/stryker.js'), 'run', config],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], detached: true },
  );
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let interrupted = false;
  const stop = (signal?: NodeJS.Signals) => {
    interrupted = signal !== undefined;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  const timer = setTimeout(stop, Math.max(0, end - started));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const [code] = await exited;
  clearTimeout(timer);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  if (code === null) {
    const late = `everything may take ${LIMIT / 60_000} min together`;
    throw new Error(`${file} was ended: ${interrupted ? 'it was interrupted' : late}`);
  }
  if (code !== 0) process.exitCode = 1;
  console.log(`${file}: ${Math.round((performance.now() - started) / 1000)} s\n`);
}
