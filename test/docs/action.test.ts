import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { startSandbox } from '../../src/sandbox/server.ts';
import { temporaryFolder } from '../helpers/real-world.ts';
import { MAIN } from '../helpers/program.ts';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

const MODELS = JSON.stringify({ models: [{ model: 'qwen3-coder-plus' }, { model: 'qwen3-max' }] });

interface Step {
  id?: string;
  name?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
}

interface Action {
  inputs: Record<string, { default?: string }>;
  outputs: Record<string, { value: string }>;
  runs: { steps: Step[] };
}

const text = await read('action.yml');
const action = parse(text) as Action;
const { steps } = action.runs;
const validate = steps.find(({ id }) => id === 'validate');
const workflow = await read('.github/workflows/check.yml');

describe('action.yml', () => {
  test('declares the inputs that it uses, and no others', () => {
    const used = [...text.matchAll(/\binputs\.([\w-]+)/g)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(Object.keys(action.inputs)));
  });

  test('is described by the recipes: each input, with its default', async () => {
    const page = await read('docs/recipes.md');
    for (const [name, { default: value = '' }] of Object.entries(action.inputs)) {
      const [, shown] = new RegExp(`^\\| \`${name}\` \\|.*\\| (.*) \\|$`, 'm').exec(page) ?? [];
      expect(shown, name).toMatch(value === '' ? /^[^`]+$/ : new RegExp(`^\`${value}\`$`));
    }
  });
});

test.each([
  ['action.yml', steps],
  [
    '.github/workflows/check.yml',
    Object.values((parse(workflow) as { jobs: Record<string, { steps: Step[] }> }).jobs).flatMap(
      (job) => job.steps,
    ),
  ],
])('%s puts no expression into a shell, and pins each action by its major version', (_, all) => {
  for (const { run = '', uses = './' } of all) {
    expect(run).not.toContain('${{');
    expect(uses).toMatch(/^(\.\/|actions\/[\w/-]+@v\d+)$/);
  }
});

describe('the step of the action that validates', () => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const at = (name: string) => join(folder.path, name);

  beforeAll(async () => {
    [sandbox, folder] = await Promise.all([startSandbox(), temporaryFolder()]);
    await mkdir(at('bin'));
    await writeFile(at('bin/qwen-demo'), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
    await chmod(at('bin/qwen-demo'), 0o755);
  });

  afterAll(async () => {
    await sandbox.close();
    await folder[Symbol.asyncDispose]();
  });

  /** Runs it as the runner does: `bash --noprofile --norc -eo pipefail`, inputs in the environment. */
  async function runStep(name: string, inputs: Record<string, string>) {
    const key = sandbox.environment('key');
    await mkdir(at(name));
    await writeFile(at(`${name}/my models.json`), MODELS);
    const given: Record<string, string> = {
      'base-url': key.OPENAI_BASE_URL ?? '',
      'api-key': key.OPENAI_API_KEY ?? '',
      ...inputs,
    };
    const env = Object.entries(validate?.env ?? {}).map(([variable, expression]) => {
      const [, input = ''] = /inputs\.([\w-]+)/.exec(expression) ?? [];
      return [variable, given[input] ?? action.inputs[input]?.default ?? ''];
    });
    const [code, stdout] = await new Promise<[number, string]>((resolve) => {
      const args = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', validate?.run ?? ''];
      const options = {
        cwd: at(name),
        env: {
          PATH: `${at('bin')}:/usr/bin:/bin`,
          HOME: folder.path,
          GITHUB_ACTIONS: 'true',
          GITHUB_OUTPUT: at(`${name}/output`),
          GITHUB_STEP_SUMMARY: at(`${name}/summary.md`),
          RUNNER_TEMP: at(name),
          ...Object.fromEntries(env),
        },
      };
      execFile('bash', args, options, (error, out) => resolve([Number(error?.code ?? 0), out]));
    });
    const lines = (await readFile(at(`${name}/output`), 'utf8')).trim().split('\n');
    const outputs = Object.fromEntries(lines.map((line) => line.split('=')));
    return {
      code,
      stdout,
      outputs,
      read: (file: string) => readFile(at(`${name}/${file}`), 'utf8'),
    };
  }

  test.concurrent('writes the baseline that is not there, the summary and the reports', async () => {
    const {
      code,
      outputs,
      read: written,
    } = await runStep('passes', {
      file: 'my models.json',
      models: ' qwen3-coder-plus,\n',
      'baseline-cache-key': 'models',
      reports: 'markdown=a report.md\r\n\n',
      args: '--probe=chat\n  --retries=1\n',
    });
    expect(code).toBe(0);
    expect(outputs).toEqual({
      'exit-code': '0',
      report: at('passes/qwen-demo-report.json'),
      baseline: '.qwen-demo-baseline.json',
      'baseline-written': 'true',
    });
    expect(await written('.qwen-demo-baseline.json')).toContain('qwen3-coder-plus');
    expect(await written('summary.md')).toMatch(/^## Models: 1 of 1 models passed\n/);
    expect(await written('a report.md')).toContain('qwen3-coder-plus');
  });

  test.concurrent('fails for a model that does not exist, and runs nothing that an input says', async () => {
    const { code, stdout, outputs } = await runStep('fails', {
      models: '$(touch hacked);`touch hacked`',
      args: '--probe=chat',
    });
    expect([code, outputs['exit-code']]).toEqual([9, '9']);
    expect(stdout).toContain('::error title=$(touch hacked)');
    await expect(readFile(at('fails/hacked'))).rejects.toThrow('ENOENT');
  });
});
