import { LLMock } from '@copilotkit/aimock';
import { afterAll, describe, expect, it } from 'vitest';
import { NetworkError, UsageError, ValidationError } from '../../../src/core/errors.ts';
import { commandLine, type CommandLineOptions } from '../../helpers/command-line.ts';
import { json, modelApi, says } from '../../helpers/model-api.ts';
import { rightAnswer } from '../../helpers/scripted-chat.ts';
import { temporaryFolder } from '../../helpers/real-world.ts';

const ALL = { 'qwen3-coder-plus': says('42'), 'qwen3-coder-flash': says('4', '2') };

const home = await temporaryFolder();
afterAll(() => home[Symbol.asyncDispose]());

/** The command as it puts one probe, the chat, to every model. */
const shell = (base: string, options: CommandLineOptions = {}) => {
  const { run, ...rest } = commandLine({
    ...options,
    env: { OPENAI_BASE_URL: `${base}/v1`, QWEN_DEMO_HOME: home.path, ...options.env },
  });
  return {
    ...rest,
    run: (command: string, ...args: string[]) => run(command, '--probe=chat', ...args),
  };
};

describe('validate-models', () => {
  it('tests every known model, and an optional one does not fail the run', async () => {
    await using api = await modelApi(ALL);
    const { run, stdout, stderr } = shell(api.url);
    expect(await run('validate-models')).toBeUndefined();
    expect(rows(stdout()).map((cells) => cells.slice(0, 3))).toEqual([
      ['qwen3-coder-plus', 'required', 'pass'],
      ['qwen3-coder-flash', 'required', 'pass'],
      ['qwen-vl-max-latest', 'optional', 'unavailable'],
      ['qwen-vl-plus', 'optional', 'unavailable'],
    ]);
    expect(rows(stdout())[2]?.[4]).toContain('The model qwen-vl-max-latest does not exist');
    const lines = stderr().split('\n').slice(0, -1);
    expect(lines).toHaveLength(5);
    expect(lines[4]).toContain('Questions drawn with --seed 00000000');
    expect(stderr()).toMatch(/^\[1\/4\] . [\w-]+: (pass|unavailable) \(/);
    expect(stderr()).toContain('[4/4] ');
  });

  it('fails when a required model fails and names it', async () => {
    await using api = await modelApi({ ...ALL, 'qwen3-coder-flash': says('43') });
    const { run, stdout } = shell(api.url);
    const error = await run('validate-models');
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toHaveProperty(
      'message',
      '1 of 2 required models did not pass: qwen3-coder-flash (fail)',
    );
    expect(rows(stdout())[1]).toContain('fail');
  });

  it('requires the named models and tests no other', async () => {
    await using api = await modelApi({ ...ALL, 'qwen-vl-plus': says('no idea') });
    const { run, stdout } = shell(api.url);
    const error = await run('validate-models', '-m', 'qwen-vl-plus', '--model', 'qwen3-coder-plus');
    expect(error).toBeInstanceOf(ValidationError);
    expect(rows(stdout()).map((cells) => cells.slice(0, 3))).toEqual([
      ['qwen-vl-plus', 'required', 'fail'],
      ['qwen3-coder-plus', 'required', 'pass'],
    ]);
  });

  it('applies --timeout to each model', async () => {
    await using api = await modelApi({ ...ALL, stalled: () => {} });
    const { run, stdout } = shell(api.url);
    await run('validate-models', '-m', 'stalled', 'qwen3-coder-plus', '--timeout', '1s');
    expect(rows(stdout()).map(([, , verdict]) => verdict)).toEqual(['timeout', 'pass']);
  });

  it('prints the result of every model with --json', async () => {
    await using api = await modelApi({
      ...ALL,
      denied: json(403, { error: { code: 'Model.AccessDenied', message: 'Not for you' } }),
      out: json(429, { error: { code: 'insufficient_quota', message: 'Exceeded your quota' } }),
      broken: json(400, { error: { message: 'Bad \u001b[31mrequest' } }),
    });
    const { run, stdout } = shell(api.url);
    const models = ['qwen3-coder-plus', 'denied', 'out', 'broken', 'missing'];
    await run('validate-models', '--json', ...models.flatMap((model) => ['-m', model]));
    const report = JSON.parse(stdout()) as { models: unknown[] };
    expect(report).toMatchObject({
      version: 1,
      endpoint: `${api.url}/v1`,
      interrupted: false,
      models: [
        { model: 'qwen3-coder-plus', verdict: 'pass', reason: null },
        { model: 'denied', verdict: 'denied', reason: expect.stringContaining('Not for you') },
        { model: 'out', verdict: 'quota', reason: expect.stringContaining('Exceeded your quota') },
        { model: 'broken', verdict: 'error', reason: expect.stringContaining('Bad \u001b[31mreq') },
        { model: 'missing', verdict: 'unavailable', first_token_ms: null },
      ],
      summary: { total: 5, passed: 1, failed: 4, required_failed: 4, skipped: 0 },
    });
  });

  it('prints no control characters of a server', async () => {
    await using api = await modelApi({ evil: says('\u001b]0;owned\u0007\u001b[2J\u202e43') });
    const { run, stdout } = shell(api.url, { columns: 100, env: { NO_COLOR: '1', TERM: 'xterm' } });
    await run('validate-models', '-m', 'evil');
    expect(stdout()).toContain('✗ fail');
    for (const unsafe of ['\u001b', '\u0007', '\u202e']) expect(stdout()).not.toContain(unsafe);
  });

  it('fits 40 columns', async () => {
    await using api = await modelApi(ALL);
    const { run, stdout } = shell(api.url, { columns: 40, env: { NO_COLOR: '1' } });
    await run('validate-models');
    expect(stdout()).toMatch(/^qwen3-coder-plus\n {2}required · ✓ pass · \d+ ms\n/);
    expect(
      Math.max(
        ...stdout()
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(40);
  });
});

describe('validate-models ends with the cause itself', () => {
  it('when the key is refused, however many models there are', async () => {
    const models = [...Object.keys(ALL), 'qwen-vl-max-latest', 'qwen-vl-plus'];
    await using api = await modelApi(
      Object.fromEntries(
        models.map((model) => [
          model,
          json(401, { error: { code: 'invalid_api_key', message: 'Incorrect API key provided' } }),
        ]),
      ),
    );
    const { run, stdout, stderr } = shell(api.url, { env: { OPENAI_API_KEY: 'sk-1' } });
    expect(await run('validate-models')).toMatchObject({ kind: 'auth', status: 401 });
    expect(stdout() + stderr()).toBe('');
  });

  it('when the endpoint refuses the connection', async () => {
    const api = await modelApi({});
    await api[Symbol.asyncDispose]();
    const { run, stdout } = shell(api.url);
    expect(await run('validate-models', '--max-retries', '0')).toBeInstanceOf(NetworkError);
    expect(stdout()).toBe('');
  });

  it('when there is no login and no key', async () => {
    const env = { QWEN_DEMO_HOME: home.path, OPENAI_BASE_URL: '' };
    const { run, stdout, stderr } = shell('', { env });
    expect(await run('validate-models')).toMatchObject({ kind: 'auth' });
    expect(stdout() + stderr()).toBe('');
  });
});

it('validate-models shows the verdicts it has when it is interrupted', async () => {
  const interrupted = new Error('SIGINT');
  await using api = await modelApi({
    ...ALL,
    stalled: () => controller.abort(interrupted),
  });
  const { run, stdout, controller } = shell(api.url);
  expect(await run('validate-models', '-j', '1', '-m', 'qwen3-coder-plus', 'stalled')).toBe(
    interrupted,
  );
  expect(rows(stdout()).map(([, , verdict]) => verdict)).toEqual(['pass', 'skipped']);
});

describe('validate-models refuses', () => {
  it.each([
    ['-j', '0'],
    ['-j', '257'],
    ['-j', '2.5'],
    ['-j', 'many'],
    ['--timeout', '0'],
    ['--timeout', 'soon'],
    ['--model', ' '],
    ['--model', 'a,,b'],
    ['--model', 'gpt-*'],
    ['--probe', 'fly'],
    ['--probe', 'long=0'],
    ['--probe', ''],
    ['--deadline', '0'],
    ['--shard', '3/2'],
    ['--retries', '-1'],
    ['--retries', '11'],
    ['--repeat', '0'],
    ['--max-ttft', '-1s'],
    ['--max-ttft', 'p90=1s'],
    ['--min-pass-rate', '0.9'],
    ['--min-pass-rate', '1.1'],
    ['--max-latency', 'quick'],
    ['--min-tokens-per-second', '0'],
    ['--min-tokens-per-second', 'fast'],
    ['--max-tokens-spent', '0'],
    ['--file', '/nonexistent/models.json'],
  ])('validate-models refuses %s=%s', async (...flags) => {
    await using api = await modelApi({});
    const { run } = shell(api.url);
    expect(await run('validate-models', flags.join('='))).toBeInstanceOf(UsageError);
  });
});

it('validate-models judges the answers of an independent server', async () => {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', logLevel: 'silent' });
  const right = (request: unknown) => rightAnswer(JSON.stringify(request));
  mock.on({ model: 'right' }, (asked) => ({ content: `That makes **${right(asked)}**.` }));
  mock.on({ model: 'thinking' }, (asked) => ({ content: right(asked), reasoning: '43? No.' }));
  mock.on({ model: 'wrong' }, { content: '17 + 25 = 43' });
  await mock.start();
  try {
    const { run, stdout } = shell(mock.url);
    const models = ['right', 'thinking', 'wrong', 'missing'];
    await run('validate-models', '--max-retries', '0', '-m', ...models);
    expect(rows(stdout()).map(([model, , verdict]) => [model, verdict])).toEqual([
      ['right', 'pass'],
      ['thinking', 'pass'],
      ['wrong', 'fail'],
      ['missing', 'unavailable'],
    ]);
  } finally {
    await mock.stop();
  }
});

function rows(text: string): string[][] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}
