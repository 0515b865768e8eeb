import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { withoutKeys } from '../../src/core/settings/api-key.ts';
import { SETTINGS } from '../../src/core/settings/definitions.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { loopback } from '../helpers/loopback.ts';
import { createRunner, type Runner } from '../helpers/runner.ts';
import { MAIN } from '../helpers/program.ts';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

const MODELS = JSON.stringify({ models: [{ model: 'qwen3-coder-plus' }, { model: 'qwen3-max' }] });

interface Step {
  id?: string;
  name?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
  with?: Record<string, string>;
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
const { jobs } = parse(workflow) as { jobs: Record<string, { steps: Step[] }> };

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
  ['.github/workflows/check.yml', Object.values(jobs).flatMap((job) => job.steps)],
])('%s puts no expression into a shell, and pins each action by its major version', (_, all) => {
  for (const { run = '', uses = './' } of all) {
    expect(run).not.toContain('${{');
    expect(uses).toMatch(/^(\.\/|actions\/[\w/-]+@v\d+)$/);
  }
});

/** The environment that the action gives a step for these inputs. */
function environmentOf({ env = {} }: Step, given: Record<string, string>) {
  const variables = Object.entries(env).map(([variable, expression]) => {
    const [, input = ''] = /inputs\.([\w-]+)/.exec(expression) ?? [];
    return [variable, given[input] ?? action.inputs[input]?.default ?? ''];
  });
  return Object.fromEntries(variables) as Record<string, string>;
}

let runner: Runner;
beforeAll(async () => {
  runner = await createRunner();
  await runner.putCommand('qwen-demo', `exec "${process.execPath}" "${MAIN}" "$@"`);
});
afterAll(() => runner[Symbol.asyncDispose]());

describe('the step of the action that validates', () => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.close());

  async function runStep(
    name: string,
    inputs: Record<string, string>,
    variables: Record<string, string> = {},
  ) {
    const key = sandbox.environment('key');
    await mkdir(runner.at(name));
    await writeFile(runner.at(`${name}/my models.json`), MODELS);
    const given: Record<string, string> = {
      'base-url': key.OPENAI_BASE_URL ?? '',
      'api-key': key.OPENAI_API_KEY ?? '',
      ...inputs,
    };
    const step = { run: '', ...validate };
    return {
      ...(await runner.run(name, step, { ...variables, ...environmentOf(step, given) })),
      read: (file: string) => readFile(runner.at(`${name}/${file}`), 'utf8'),
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
      report: runner.at('passes/qwen-demo-report.json'),
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
    await expect(readFile(runner.at('fails/hacked'))).rejects.toThrow('ENOENT');
  });

  test.concurrent('refuses a line break in the path of the baseline, which would be an output of its own', async () => {
    const { code, stdout, outputs } = await runStep('line-break', {
      models: 'no-such-model',
      baseline: 'x\nexit-code=0',
      args: '--probe=chat',
    });
    expect({ code, outputs }).toEqual({ code: 2, outputs: { 'exit-code': '2' } });
    expect(stdout).toContain('::error::The input baseline has a line break');
  });

  test.concurrent('sends a key without a base URL to DashScope, whatever base URL the job names', async () => {
    const asked: string[] = [];
    await using proxy = await loopback((_, response) => void response.writeHead(403).end());
    proxy.server.on('connect', ({ url = '' }, socket) => {
      asked.push(url);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    const named = SETTINGS.base_url.variables.map((name) => [name, 'https://elsewhere.example/v1']);
    const inputs = { models: 'qwen3-coder-plus', 'base-url': '', args: '--probe=chat' };
    const variables = { HTTPS_PROXY: proxy.url, ...Object.fromEntries(named) };
    await runStep('no-base-url', inputs, variables);
    expect(new Set(asked)).toEqual(new Set(['dashscope.aliyuncs.com:443']));
  });
});

test('the action removes each key of the job before it sets its own', () => {
  const [, removed = ''] = /unset (DASHSCOPE_API_KEY[^]*?[^\\])\n/.exec(validate?.run ?? '') ?? [];
  expect(removed.match(/\w+/g)?.toSorted()).toEqual(Object.keys(withoutKeys({})).toSorted());
});

describe('the cache of the baseline', () => {
  const name = steps.find(({ id }) => id === 'cache') ?? {};
  const cached = steps.filter(({ uses = '' }) => uses.startsWith('actions/cache/'));

  async function partOf(inputs: Record<string, string>, variables: Record<string, string> = {}) {
    const run = `cache-${randomUUID()}`;
    await mkdir(runner.at(run));
    const step = { run: '', ...name };
    const { outputs } = await runner.run(run, step, {
      ...environmentOf(step, inputs),
      ...variables,
    });
    return outputs.part;
  }

  test('has a key for what is asked, which a limit or another number of retries does not change', async () => {
    const inputs = { models: 'a', args: '--probe=chat\n--deadline=2m' };
    const first = await partOf(inputs);
    expect(first).toMatch(/^check-[\d-]+$/);
    expect(await partOf({ ...inputs, args: '--retries=1\r\n--probe=chat' })).toBe(first);
    const others = await Promise.all([
      partOf({ ...inputs, models: 'b' }),
      partOf({ ...inputs, args: '--probe=tools' }),
      partOf({ ...inputs, 'base-url': 'http://127.0.0.1/v1' }),
      ...SETTINGS.base_url.variables.map((one) => partOf(inputs, { [one]: 'http://x/v1' })),
      partOf(inputs, { GITHUB_JOB: 'other' }),
    ]);
    expect(others).not.toContain(first);
  });

  test('is restored and saved under the same key', () => {
    const before = '${{ inputs.baseline-cache-key }}-${{ steps.cache.outputs.part }}-run-';
    const full = `${before}\${{ github.run_id }}-\${{ github.run_attempt }}`;
    expect(cached.map(({ with: { key } = {} }) => key)).toEqual([full, full]);
    expect(cached[0]?.with?.['restore-keys']).toBe(before);
  });
});
