/**
 * Runs the built program and a part of the tests on the newest Node of each other supported major, and
 * proves that older ones refuse in one line. Each Node comes as npm's package `node`.
 *
 * What differs between the majors, and where the code meets it:
 * - 24 and 26: `TextDecoder` drops two byte order marks (src/core/http/body.ts).
 * - 26: `Readable.read()` gives one piece at a time (test/terminal/secret-prompt.test.ts).
 * - 20: the WebAssembly of undici is compiled twice (src/v8.ts), and a terminal that is gone
 *   aborts the process at its exit (src/standard-streams.ts).
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SUPPORTED = [20, 22, 24, 26];
const TOO_OLD = ['16', '18', '20.18'];
/** The oldest Node that `engines.node` allows. */
const OLDEST = '20.19.0';
/** Milliseconds for the installation and for the tests of one Node. */
const LIMIT = 300_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const main = join(root, 'dist/main.cjs');

/** Bytes, terminals, the line editor, credentials. */
const TESTS = [
  'test/core/http/utf8.test.ts',
  'test/core/chat/sse.test.ts',
  'test/core/chat/incoming.test.ts',
  'test/terminal',
  'test/program/auth-keyring.test.ts',
  'test/program/compiled-code.test.ts',
  'test/program/auth-terminal.test.ts',
  'test/program/chat-repl-terminal.test.ts',
  'test/program/chat-terminal.test.ts',
  'test/program/refresh.test.ts',
];

/** Each command once, each against a sandbox of its own where it needs a server. */
const COMMANDS = [
  ['--version'],
  ['--help'],
  ['auth', '--help'],
  ['sandbox', '--', 'auth', 'status'],
  ['sandbox', '--', 'auth', 'token'],
  ['sandbox', '--', 'auth', 'refresh'],
  ['sandbox', '--', 'auth', 'logout'],
  ['sandbox', '--', 'chat', '-p', 'hi'],
  ['sandbox', '--', 'chat', '-p', 'hi', '-s', '--json'],
  ['sandbox', '--', 'list-models'],
  ['sandbox', '--', 'validate-models'],
];

class Failure extends Error {}

const folder = await mkdtemp(join(tmpdir(), 'qwen-demo-nodes-'));
try {
  const found = Number(process.versions.node.split('.')[0]);
  for (const version of TOO_OLD) refuses(await fetchNode(version), version);
  smoke(await fetchNode(OLDEST));
  for (const major of SUPPORTED.filter((each) => each !== found)) {
    const node = await fetchNode(String(major));
    smoke(node);
    await test(node);
  }
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/**
 * Installs one Node and returns the path of its executable.
 * @throws Failure when npm cannot get it within the limit
 */
async function fetchNode(version: string): Promise<string> {
  const home = await mkdtemp(join(folder, 'node-'));
  await writeFile(join(home, 'package.json'), '{ "allowScripts": { "node": true } }\n');
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', `node@${version}`];
  const { status, stderr } = spawnSync('npm', args, {
    cwd: home,
    encoding: 'utf8',
    timeout: LIMIT,
  });
  if (status !== 0) throw new Failure(`npm did not install Node ${version}: ${stderr.trim()}`);
  return join(home, 'node_modules/node/bin/node');
}

/** @throws Failure unless every command ends with 2 and one line */
function refuses(node: string, version: string): void {
  for (const args of [['--version'], ['--help'], ['chat', '-p', 'hi'], ['auth'], ['sandbox']]) {
    const { status, stdout, stderr } = run(node, args);
    const refused = status === 2 && stdout === '' && /^error: .* needs Node [^\n]+\n$/.test(stderr);
    if (!refused) throw new Failure(`Node ${version} did not refuse ${args.join(' ')}: ${stderr}`);
  }
  console.log(`Node ${version}: refused in one line`);
}

/** @throws Failure when a command does not end with 0 */
function smoke(node: string): void {
  const version = run(node, [], ['--version']).stdout.trim();
  for (const args of COMMANDS) {
    const { status, stderr } = run(node, args);
    if (status !== 0) {
      throw new Failure(`On Node ${version}, ${args.join(' ')} ended with ${status}: ${stderr}`);
    }
  }
  console.log(`Node ${version}: ${COMMANDS.length} commands`);
}

function run(node: string, args: string[], argv = [main, ...args]) {
  return spawnSync(node, argv, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder },
    input: '',
    timeout: 30_000,
  });
}

/** @throws Failure when a test fails, or all of them do not end within the limit */
async function test(node: string): Promise<void> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const config = join(root, 'test/vitest.config.ts');
  const child = spawn(node, [vitest, 'run', '--config', config, '--reporter=dot', ...TESTS], {
    cwd: root,
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
    stdio: 'inherit',
    timeout: LIMIT,
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Failure(`the tests did not pass with ${node}`);
}
