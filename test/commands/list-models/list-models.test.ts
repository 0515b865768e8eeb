import { readFile } from 'node:fs/promises';
import { CommanderError } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { ApiError, UsageError } from '../../../src/core/errors.ts';
import { commandLine, type CommandLineOptions } from '../../helpers/command-line.ts';
import { loopback } from '../../helpers/loopback.ts';
import { modelApi, says } from '../../helpers/model-api.ts';
import { temporaryFolder } from '../../helpers/real-world.ts';

const home = await temporaryFolder();
afterAll(() => home[Symbol.asyncDispose]());

const shell = (base: string, options: CommandLineOptions = {}) =>
  commandLine({
    ...options,
    env: { OPENAI_BASE_URL: `${base}/v1`, QWEN_DEMO_HOME: home.path, ...options.env },
  });

describe('list-models', () => {
  it('in a pipe prints one line for each model with its source', async () => {
    await using api = await modelApi({ 'qwen-vl-plus': says(), llama3: says() });
    const { run, stdout, stderr } = shell(api.url);
    expect(await run('list-models')).toBeUndefined();
    const lines = stdout().split('\n');
    expect(lines).toContain('llama3\tlive\t\t');
    expect(lines).toContain(
      'qwen-vl-plus\tlive, known\tvision\tA lighter vision model; not available everywhere',
    );
    expect(lines).toContain('qwen3-coder-plus\tknown, not listed\tcoding\tThe main coding model');
    expect(lines.slice(0, -1)).toHaveLength(5);
    expect(stderr()).toBe('');
  });

  const described = [
    { id: 'coder-model' },
    { id: 'acme-embed', type: 'embedding' },
    { id: 'seer', context_length: 32_768, architecture: { input_modalities: ['text', 'image'] } },
    { id: 'llama3' },
  ];

  it.each([
    [
      160,
      [
        'CODING MODELS  SOURCE       ABILITIES               WINDOW        LAST VERDICT  ABOUT',
        '  coder-model  live, known  json, tools, reasoning  1M catalogue  never asked   The coding model that the login stands for at the moment',
        '',
        'TEXT MODELS    SOURCE       ABILITIES               WINDOW        LAST VERDICT  ABOUT',
        '* llama3       live         unknown                 131k guess    never asked',
        '',
        'VISION MODELS  SOURCE       ABILITIES               WINDOW        LAST VERDICT  ABOUT',
        '  seer         live         vision                  32k endpoint  never asked',
        '',
        'OTHER MODELS   SOURCE       ABILITIES               WINDOW        LAST VERDICT  ABOUT',
        '  acme-embed   live         unknown                               never asked',
      ],
    ],
    [
      72,
      [
        'CODING MODELS  ABILITIES               WINDOW        LAST VERDICT',
        '  coder-model  json, tools, reasoning  1M catalogue  never asked',
        '',
        'TEXT MODELS    ABILITIES               WINDOW        LAST VERDICT',
        '* llama3       unknown                 131k guess    never asked',
        '',
        'VISION MODELS  ABILITIES               WINDOW        LAST VERDICT',
        '  seer         vision                  32k endpoint  never asked',
        '',
        'OTHER MODELS   ABILITIES               WINDOW        LAST VERDICT',
        '  acme-embed   unknown                               never asked',
      ],
    ],
    [
      40,
      [
        'CODING MODELS',
        'coder-model',
        '  json, tools, reasoning · 1M catalogue',
        '',
        'TEXT MODELS',
        '* llama3',
        '  abilities unknown · 131k guess',
        '',
        'VISION MODELS',
        'seer',
        '  vision · 32k endpoint',
        '',
        'OTHER MODELS',
        'acme-embed',
        '  abilities unknown',
      ],
    ],
  ])('on a terminal of %i columns groups the models by kind', async (columns, lines) => {
    await using api = await loopback((_, response) =>
      response.end(JSON.stringify({ data: described })),
    );
    const env = { NO_COLOR: '1', OPENAI_MODEL: 'llama3' };
    const { run, stdout } = shell(api.url, { columns, env });
    await run('list-models', '--live');
    expect(stdout()).toBe(`${lines.join('\n')}\n`);
  });

  it.each([
    ['a terminal of 80 columns', 80, []],
    ['a pipe', undefined, ['--live']],
  ])('in %s prints what the README shows', async (_, columns, args) => {
    const ids = ['coder-model', 'qwen3-coder-flash', 'qwen3-coder-plus', 'vision-model'];
    await using api = await modelApi(Object.fromEntries(ids.map((id) => [id, says()])));
    const env = { NO_COLOR: '1' };
    const { run, stdout } = shell(api.url, columns === undefined ? { env } : { columns, env });
    await run('list-models', ...args);
    const shown = stdout().replaceAll(/^((?:[^\t\n]*\t){2}[^\t\n]*)\t.*$/gm, '$1');
    const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
    const command = columns === undefined ? 'list-models --live | cut -f 1,2,3' : 'list-models';
    expect(readme).toContain(`$ qwen-demo ${command}\n${shown}\`\`\``);
  });

  it('on a terminal has one table with the kind as a column in another order', async () => {
    await using api = await modelApi({ 'qwen-image-max': says() });
    const { run, stdout } = shell(api.url, { columns: 80, env: { NO_COLOR: '1' } });
    await run('list-models', '--sort', 'id', '--live');
    expect(stdout().split('\n')).toEqual([
      'MODEL           KIND   SOURCE  ABILITIES  WINDOW  LAST VERDICT',
      'qwen-image-max  other  live    unknown            never asked',
      '',
    ]);
  });

  it('on a terminal finds a model by the kind under which it stands', async () => {
    await using api = await modelApi({ 'qwen2.5vl:7b': says(), llava: says(), llama3: says() });
    const env = { NO_COLOR: '1', OPENAI_MODEL: 'llava' };
    const { run, stdout } = shell(api.url, { columns: 80, env });
    await run('list-models', 'vision', '--live', '--fields', 'id,kind');
    const lines = ['ID              KIND', '* llava         vision', '  qwen2.5vl:7b  vision', ''];
    expect(stdout()).toBe(lines.join('\n'));
  });

  it('says so when the endpoint has no list', async () => {
    await using api = await loopback((_, response) => response.writeHead(404).end('Not Found'));
    const { run, stdout, stderr } = shell(api.url);
    expect(await run('list-models')).toBeUndefined();
    expect(stderr()).toBe(
      'The endpoint has no model list (HTTP 404): these are the known models.\n',
    );
    expect(stdout()).toContain('qwen3-coder-plus\tknown\tcoding\tThe main coding model\n');
  });

  it('prints one JSON document', async () => {
    await using api = await modelApi({ 'coder-model': says(), llama3: says() });
    const { run, stdout } = shell(api.url);
    await run('list-models', '--json');
    const document = JSON.parse(stdout()) as { models: unknown[] };
    expect(document).toMatchObject({
      version: 1,
      endpoint: `${api.url}/v1`,
      live: true,
      notice: null,
    });
    expect(document.models).toHaveLength(6);
    expect(document.models[0]).toEqual({
      id: 'coder-model',
      source: 'both',
      kind: 'coding',
      about: 'The coding model that the login stands for at the moment',
      expected: true,
      abilities: ['json', 'tools', 'reasoning'],
      abilities_from: 'catalogue',
      context: 1_000_000,
      context_from: 'catalogue',
      chat: null,
      price: null,
      last_verdict: null,
    });
    expect(document.models[1]).toEqual({
      id: 'llama3',
      source: 'live',
      kind: null,
      about: null,
      expected: null,
      abilities: null,
      abilities_from: null,
      context: null,
      context_from: null,
      chat: null,
      price: null,
      last_verdict: null,
    });
  });

  it('prints no control characters of a model id', async () => {
    await using api = await modelApi({ 'evil\u001b]0;owned\u0007\u202e': says() });
    const { run, stdout } = shell(api.url, { columns: 100, env: { NO_COLOR: '1' } });
    await run('list-models');
    expect(stdout()).toMatch(/^ {2}evil/m);
    for (const unsafe of ['\u001b', '\u0007', '\u202e']) expect(stdout()).not.toContain(unsafe);
  });
});

describe('a refused list-models', () => {
  it.each([
    [['--ability', 'flying'], 'there is no ability "flying"'],
    [['--ability', 'json,'], 'there is no ability ""'],
    [['--known', ''], 'An empty text is in every model'],
    [['--known', '--live'], "option '--known' cannot be used with option '--live'"],
  ])('list-models refuses the arguments %j', async (args, message) => {
    const { run } = shell('http://127.0.0.1:9');
    const error = await run('list-models', ...args);
    expect(error).toHaveProperty('message', expect.stringContaining(message));
    expect(error instanceof UsageError || error instanceof CommanderError).toBe(true);
  });

  it('list-models refuses --live when the endpoint has no model list', async () => {
    await using api = await loopback((_, response) => response.writeHead(404).end('Not Found'));
    const error = await shell(api.url).run('list-models', '--live');
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 'no_model_list' });
  });
});
