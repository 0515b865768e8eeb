/**
 * Installs the packed program as a stranger would, and runs it: from the tarball, globally and in a
 * project, in a path with a blank and other letters, on every supported Node, and from a git URL.
 */
import { spawn, spawnSync, type SpawnSyncOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'yaml';

const MAJORS = [20, 22, 24, 26];
/** Milliseconds of one step. */
const LIMIT = 300_000;
/** Bytes of the unpacked package at most. */
const LARGEST = 1_890_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const { npm_config_prefix: _, ...env } = process.env;

function run(command: string, args: string[], options: SpawnSyncOptions = {}): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: LIMIT,
    env: { ...env, ...options.env },
    ...options,
  });
  if (status === 0) return String(stdout);
  throw new Error(`${[command, ...args].join(' ')} ended with ${status}\n${stdout}${stderr}`);
}

function proves(what: string, holds: boolean, shown: string): void {
  if (!holds) throw new Error(`${what}:\n${shown}`);
  console.log(`ok: ${what}`);
}

/** The step of action.yml that installs, as the runner starts it. */
async function provesAction(temporary: string, tarball: string): Promise<void> {
  const action = parse(await readFile(join(root, 'action.yml'), 'utf8')) as {
    runs: { steps: { name?: string; run?: string }[] };
  };
  const step = action.runs.steps.find(({ name }) => name === 'Install qwen-demo');
  const paths = join(temporary, 'path');
  await mkdir(temporary);
  run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step?.run ?? 'false'], {
    env: { ...env, PACKAGE: tarball, RUNNER_TEMP: temporary, GITHUB_PATH: paths },
  });
  const added = (await readFile(paths, 'utf8')).trim().split('\n');
  const shown = run('qwen-demo', ['version'], {
    env: { ...env, PATH: [...added, env.PATH].join(delimiter) },
  });
  proves('the action puts the command on the PATH', shown.startsWith('version '), shown);
}

/** Every example of docs/library.md, compiled and run in a project of its own against a sandbox. */
async function provesLibrary(project: string, tarball: string): Promise<void> {
  run('npx', ['publint', tarball, '--strict'], { cwd: root });
  run('npx', ['attw', tarball, '--profile', 'esm-only'], { cwd: root });
  run('npx', ['tsx', 'test/types.ts', '--check'], { cwd: root });
  console.log('ok: publint and attw find nothing, and the public surface is the one of the report');

  const page = await readFile(join(root, 'docs/library.md'), 'utf8');
  const examples = [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code);
  const names = examples.map((_, index) => `example-${index}`);
  await Promise.all(
    examples.map((code, index) => writeFile(join(project, `${names[index]}.mts`), code)),
  );
  await symlink(join(root, 'node_modules/openai'), join(project, 'node_modules/openai'));
  await symlink(join(root, 'node_modules/@types'), join(project, 'node_modules/@types'));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--target', 'es2023'];
  const modules = ['--module', 'nodenext', '--types', 'node'];
  const files = names.map((name) => `${name}.mts`);
  run(process.execPath, [compiler, ...strict, ...modules, ...files], { cwd: project });
  const sandbox = spawn(
    process.execPath,
    [join(root, 'dist/main.cjs'), 'sandbox', '--auto-approve', '--json'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  try {
    const [line] = (await once(sandbox.stdout, 'data')) as [Buffer];
    const { url } = JSON.parse(line.toString()) as { url: string };
    const client = 'f0304373b74a44d2b584a3fb70ca9e56';
    for (const name of names) {
      const own = { ...env, ISSUER: url, CLIENT_ID: client };
      const shown = run(process.execPath, [`${name}.mjs`], { cwd: project, env: own });
      proves(`${name} of docs/library.md compiles and runs`, shown.trim() !== '', shown);
    }
  } finally {
    sandbox.kill();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'qwen-demo-package-'));
try {
  const packed = JSON.parse(
    run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root }),
  ) as [{ filename: string; unpackedSize: number; files: { path: string }[] }];
  const [{ filename, unpackedSize, files }] = packed;
  const tarball = join(folder, filename);
  const paths = files.map(({ path }) => path);
  proves(
    'the package holds the program, its notices and its pages, and nothing else',
    ['dist/main.cjs', 'dist/THIRD-PARTY-NOTICES.txt', 'README.md', 'LICENSE'].every((path) =>
      paths.includes(path),
    ) &&
      paths.every((path) =>
        /^(dist|docs|schemas)\/|^(README\.md|LICENSE|package\.json)$/.test(path),
      ) &&
      !paths.some((path) => path.startsWith('docs/zh-CN') || /\.(png|svg)$/.test(path)),
    paths.join('\n'),
  );
  proves(`unpacked it has ${unpackedSize} bytes, at most ${LARGEST}`, unpackedSize <= LARGEST, '');

  const prefix = join(folder, 'a prefix');
  run('npm', ['install', '--global', '--prefix', prefix, tarball]);
  const installed = join(prefix, 'bin/qwen-demo');
  proves(
    'npm install -g of the tarball gives the command',
    run(installed, ['--version']) !== '',
    '',
  );

  await provesAction(join(folder, 'runner temp'), tarball);

  const project = join(folder, 'Mein Projekt 中文');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', tarball], { cwd: project });
  const home = { HOME: project, QWEN_DEMO_HOME: join(project, 'home') };
  for (const major of MAJORS) {
    const line = ['--yes', `node@${major}`, join(project, 'node_modules/qwen-demo/dist/main.cjs')];
    const answer = run('npx', [...line, 'sandbox', '--', 'chat', 'hi'], {
      cwd: project,
      env: { ...env, ...home },
    });
    proves(
      `the installed program answers on Node ${major}`,
      answer.includes('You wrote: "hi"'),
      answer,
    );
  }
  await provesLibrary(project, tarball);
  const npx = run('npx', ['--yes', '--package', tarball, 'qwen-demo', 'version'], {
    cwd: folder,
  });
  proves('npx of the tarball runs', npx.startsWith('version '), npx);

  const git = `git+${pathToFileURL(root).href.replace(/\/$/, '')}`;
  if (run('git', ['rev-parse', '--is-inside-work-tree'], { cwd: root }).trim() === 'true') {
    const other = join(folder, 'from git');
    // npm 12 takes a git URL only when it is told so.
    run('npm', ['install', '--global', '--allow-git=root', '--prefix', other, git]);
    const facts = run(join(other, 'bin/qwen-demo'), ['version']);
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    proves(
      'npm install -g of the git URL gives the command',
      facts.includes(version) && !facts.includes('unknown'),
      facts,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
