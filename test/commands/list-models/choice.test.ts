import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { commandLine } from '../../helpers/command-line.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { loopback } from '../../helpers/loopback.ts';
import { temporaryFolder } from '../../helpers/real-world.ts';

const home = await temporaryFolder();
afterAll(() => home[Symbol.asyncDispose]());

const shell = (base: string, env: Record<string, string> = {}) =>
  commandLine({
    env: { OPENAI_BASE_URL: `${base}/v1`, QWEN_DEMO_HOME: home.path, ...env },
  });

/** An endpoint that describes what it lists. */
const described = [
  { id: 'seer', max_model_len: 32_768, architecture: { input_modalities: ['text', 'image'] } },
  { id: 'coder-model', context_length: 262_144, supported_parameters: ['tools'] },
  { id: 'riddle' },
];

const describedApi = () =>
  loopback((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ object: 'list', data: described }));
  });

const names = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t')[0]);

describe('the choice of models', () => {
  it.each([
    [['--live'], ['coder-model', 'riddle', 'seer']],
    [
      ['--known', 'coder'],
      ['qwen3-coder-flash', 'qwen3-coder-plus'],
    ],
    [
      ['VISION', 'not available'],
      ['qwen-vl-max-latest', 'qwen-vl-plus'],
    ],
    [['a LIGHTER'], ['qwen-vl-plus']],
    [['--ability', 'vision', '--live'], ['seer']],
    [
      ['--ability', 'tools,json'],
      ['qwen3-coder-flash', 'qwen3-coder-plus'],
    ],
    [['--ability', 'tools', '--ability', 'json', 'flash'], ['qwen3-coder-flash']],
  ])('list-models %j shows only the models that match', async (args, shown) => {
    await using api = await describedApi();
    const { run, stdout } = shell(api.url);
    expect(await run('list-models', ...args)).toBeUndefined();
    expect(names(stdout())).toEqual(shown);
  });

  it('list-models --ability says how many models are left out because their abilities are unknown', async () => {
    await using api = await describedApi();
    const { run, stderr } = shell(api.url);
    await run('list-models', '--ability', 'vision');
    expect(stderr()).toBe('1 model is left out: its abilities are unknown.\n');
  });

  it('list-models shows no model and says so when none matches', async () => {
    const { run, stdout, stderr } = shell('http://127.0.0.1:9');
    expect(await run('list-models', '--known', 'gpt')).toBeUndefined();
    expect([stdout(), stderr()]).toEqual(['', 'No model is left to show.\n']);
  });
});

describe('list-models --known', () => {
  it('sends no request and needs no login', async () => {
    const { run, stdout } = shell('http://127.0.0.1:9', { OPENAI_BASE_URL: '' });
    expect(await run('list-models', '--known', '--json')).toBeUndefined();
    const document = JSON.parse(stdout()) as { models: unknown[] };
    expect(document).toMatchObject({ endpoint: null, live: false, notice: null });
    expect(document.models).toHaveLength(6);
  });

  it.each([
    ['BAILIAN_CODING_PLAN_API_KEY', ['glm-5', 'qwen3-coder-next'], ['coder-model', 'qwen-vl-plus']],
    ['ALIBABA_TOKEN_PLAN_API_KEY', ['glm-5.2', 'qwen3.8-max'], ['coder-model', 'glm-4.7']],
    ['DASHSCOPE_API_KEY', ['qwen-vl-plus', 'qwen3-coder-plus'], ['coder-model', 'vision-model']],
  ])('shows what is known at the plan of %s', async (name, served, others) => {
    const { run, stdout } = shell('', { OPENAI_BASE_URL: '', [name]: 'sk-x' });
    expect(await run('list-models', '--known')).toBeUndefined();
    expect(names(stdout())).toEqual(expect.arrayContaining(served));
    expect(names(stdout()).filter((id) => others.includes(id ?? ''))).toEqual([]);
  });
});

describe('the columns and the order of list-models', () => {
  it('list-models --fields prints only these, in this order', async () => {
    await using api = await describedApi();
    const { run, stdout } = shell(api.url);
    await run('list-models', '--live', '--fields', 'window,id,abilities,from');
    const lines = ['262k\tcoder-model\ttools\tendpoint', '131k?\triddle\t?\tunknown'];
    expect(stdout()).toBe([...lines, '32k\tseer\tvision\tendpoint', ''].join('\n'));
  });

  it('list-models --sort window prints the largest window first, unknown ones last', async () => {
    await using api = await describedApi();
    const { run, stdout } = shell(api.url);
    await run('list-models', '--live', '--sort', 'window');
    expect(names(stdout())).toEqual(['coder-model', 'seer', 'riddle']);
  });

  it.each([
    ['--fields', 'id,size'],
    ['--sort', 'price'],
  ])('list-models %s %s is refused', async (...args) => {
    const { run } = shell('http://127.0.0.1:9');
    expect(await run('list-models', '--known', ...args)).toMatchObject({ code: 'unknown_field' });
  });
});

describe('list-models --details', () => {
  const at = new FakeClock().now();

  async function remember(url: string): Promise<string> {
    const path = join(home.path, 'remembering');
    await mkdir(path, { recursive: true });
    const endpoints = {
      [`${url}/v1`]: { seer: { verdict: 'pass', at: at - 3_660_000 } },
      'http://127.0.0.1:9/v1': { 'coder-model': { verdict: 'denied', at: at - 60_000 } },
    };
    await writeFile(join(path, 'last-verdicts.json'), JSON.stringify({ version: 1, endpoints }));
    return path;
  }

  it('shows abilities, context, their source and the last verdict at this endpoint', async () => {
    await using api = await describedApi();
    const { run, stdout } = shell(api.url, { QWEN_DEMO_HOME: await remember(api.url) });
    await run('list-models', '--details');
    const rows = stdout()
      .split('\n')
      .map((line) => line.split('\t').slice(0, 6));
    expect(rows.find(([id]) => id === 'seer')).toEqual([
      'seer',
      'live',
      'vision',
      '32k',
      'endpoint',
      'pass, 1 h 1 min ago',
    ]);
    expect(rows.find(([id]) => id === 'coder-model')).toEqual([
      'coder-model',
      'live, known',
      'tools',
      '262k',
      'endpoint',
      'never asked',
    ]);
    expect(rows.find(([id]) => id === 'qwen-vl-plus')?.slice(2, 5)).toEqual([
      'vision',
      '131k',
      'catalogue',
    ]);
    expect(rows.find(([id]) => id === 'riddle')?.slice(2, 5)).toEqual(['?', '131k?', 'unknown']);
  });

  it('without it, a terminal shows the last verdict too', async () => {
    await using api = await describedApi();
    const env = { OPENAI_BASE_URL: `${api.url}/v1`, QWEN_DEMO_HOME: await remember(api.url) };
    const { run, stdout } = commandLine({ columns: 80, env: { ...env, NO_COLOR: '1' } });
    await run('list-models', 'seer');
    expect(stdout().split('\n')[1]).toBe(
      'seer           live    vision     32k endpoint  pass, 1 h 1 min ago',
    );
  });

  it('names the endpoint of the verdict with --known', async () => {
    const env = { QWEN_DEMO_HOME: await remember('http://127.0.0.1:1'), OPENAI_BASE_URL: '' };
    const { run, stdout } = shell('', env);
    await run('list-models', '--known', '--details', 'coder-model');
    expect(stdout().split('\t')[5]).toBe('denied, 1 min ago at 127.0.0.1:9');
  });

  it('shows the same as JSON', async () => {
    await using api = await describedApi();
    const { run, stdout } = shell(api.url, { QWEN_DEMO_HOME: await remember(api.url) });
    await run('list-models', '--json', 'seer');
    expect(JSON.parse(stdout())).toMatchObject({
      models: [
        {
          abilities: ['vision'],
          abilities_from: 'endpoint',
          context: 32_768,
          last_verdict: {
            verdict: 'pass',
            at: new Date(at - 3_660_000).toISOString(),
            endpoint: `${api.url}/v1`,
          },
        },
      ],
    });
  });
});
