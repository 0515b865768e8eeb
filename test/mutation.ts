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
/** Milliseconds of the installation and of the run. */
const INSTALL_LIMIT = 120_000;
const LIMIT = 30 * 60_000;
/** Percent of the changes that the tests must notice. */
const LEAST = 80;

const CHAT_TESTS = [
  'chunk',
  'chunk-reader',
  'buffered',
  'tool-calls',
  'thinking',
  'cumulative',
  'answer-shapes',
  'answer-ends',
  'stream-failures',
].map((name) => `test/core/chat/${name}.test.ts`);

/** Each file that is changed, with the tests that must notice it. */
const TESTS_OF: Readonly<Record<string, readonly string[]>> = {
  'src/core/chat/sse.ts': [
    'test/core/chat/sse.test.ts',
    'test/core/chat/answer-cap.test.ts',
    'test/core/chat/stream-failures.test.ts',
  ],
  'src/core/chat/chunk.ts': CHAT_TESTS,
  'src/core/chat/chunk-reader.ts': CHAT_TESTS,
  'src/core/chat/message-parts.ts': CHAT_TESTS,
  'src/core/oauth/token.ts': [
    'test/core/oauth/token.test.ts',
    'test/core/oauth/poll.test.ts',
    'test/core/oauth/refresh.test.ts',
    'test/core/oauth/server-failures.test.ts',
  ],
  'src/core/credentials/session.ts': [
    'test/core/credentials/session.test.ts',
    'test/core/credentials/disasters.test.ts',
  ],
  'src/core/qwen/endpoint.ts': [
    'test/core/qwen/endpoint.test.ts',
    'test/core/qwen/plain-http.test.ts',
  ],
  'src/core/qwen/hosts.ts': [
    'test/core/qwen/hosts.test.ts',
    'test/core/qwen/endpoint.test.ts',
    'test/core/qwen/plain-http.test.ts',
  ],
  'src/core/qwen/api-url.ts': ['test/core/qwen/api-url.test.ts', 'test/core/qwen/endpoint.test.ts'],
};

const root = fileURLToPath(new URL('..', import.meta.url));
const named = process.argv.slice(2);
const mutate = named.length > 0 ? named : Object.keys(TESTS_OF);
const unknown = mutate.find((file) => !(file in TESTS_OF));
if (unknown !== undefined) {
  console.error(`error: no tests are named for ${unknown} in test/mutation.ts`);
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'qwen-demo-mutation-'));
try {
  const report = join(tmpdir(), 'qwen-demo-mutation.html');
  const modules = join(folder, 'node_modules');
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const install = ['install', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'];
  const { status, stderr } = spawnSync('npm', [...install, ...TOOLS], {
    cwd: folder,
    timeout: INSTALL_LIMIT,
  });
  if (status !== 0) throw new Error(`npm could not install StrykerJS:\n${stderr}`);
  // The project's own: the runner must load the vitest that the tests load.
  for (const name of ['vitest', 'typescript'])
    await symlink(join(root, 'node_modules', name), join(modules, name));
  const config = join(folder, 'stryker.config.json');
  const options = {
    mutate,
    testFiles: [...new Set(mutate.flatMap((file) => TESTS_OF[file] ?? []))],
    testRunner: 'vitest',
    plugins: [join(modules, '@stryker-mutator/vitest-runner/dist/src/index.js')],
    vitest: { configFile: 'test/vitest.config.ts' },
    ignorePatterns: ['dist', 'docs', 'coverage'],
    tempDirName: join(folder, 'copies'),
    concurrency: 2,
    reporters: ['clear-text', 'progress-append-only', 'html'],
    clearTextReporter: { logTests: false, reportTests: false },
    htmlReporter: { fileName: report },
    thresholds: { high: 95, low: LEAST, break: LEAST },
  };
  await writeFile(config, JSON.stringify(options));
  const child = spawn(
    process.execPath,
    [join(modules, '@stryker-mutator/core/bin/stryker.js'), 'run', config],
    { cwd: root, stdio: 'inherit', timeout: LIMIT },
  );
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (child.killed) console.error(`It did not end within ${LIMIT / 60_000} min: name single files`);
  else console.log(`The report with the changes in the source: ${report}`);
  process.exitCode = signal === null ? (code ?? 1) : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
