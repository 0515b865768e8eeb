import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveModels } from '../../../src/commands/validate-models/model-flags.ts';
import { ApiError } from '../../../src/core/errors.ts';
import { modelsAt } from '../../../src/core/qwen/known-models.ts';
import { jsonOrUndefined } from '../../../src/core/json.ts';
import { commandLine } from '../../helpers/command-line.ts';
import { json, modelApi, says } from '../../helpers/model-api.ts';
import { bodyOf, loopback, type Loopback } from '../../helpers/loopback.ts';
import { temporaryFolder } from '../../helpers/real-world.ts';

let api: Loopback;
let home: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  home = await temporaryFolder();
  api = await modelApi({
    'qwen3-coder-plus': says('42'),
    'llama3:8b': says('42'),
    'llama3:70b': json(404, { error: { message: 'No such model' } }),
  });
});

afterEach(async () => {
  await api[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

async function run(...args: string[]) {
  const env = { OPENAI_BASE_URL: `${api.url}/v1`, QWEN_DEMO_HOME: home.path };
  const { run, stdout, stderr } = commandLine({ env });
  const error = await run('validate-models', ...args);
  const rows = stdout()
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t').slice(0, 3).join(' '));
  return { error, rows, stderr: stderr() };
}

const inHome = (name: string) => join(home.path, name);

describe('validate-models tests', () => {
  it('the models of a comma-separated list', async () => {
    const { rows } = await run('--probe', 'chat', '-m', 'llama3:8b, qwen3-coder-plus');
    expect(rows).toEqual(['llama3:8b required pass', 'qwen3-coder-plus required pass']);
  });

  it('the listed models that a glob matches', async () => {
    const { rows } = await run('-m', 'llama3:*');
    expect(rows).toEqual(['llama3:70b required unavailable', 'llama3:8b required pass']);
  });

  it('with --live no listed model that answers no chat, and says so', async () => {
    await api[Symbol.asyncDispose]();
    api = await loopback((request, response) => {
      if (request.method === 'POST') return says('42')(response);
      const data = [{ id: 'embed', type: 'embedding' }, { id: 'llama3' }, { name: null }];
      return json(200, { data })(response);
    });
    const { rows, stderr } = await run('--live', '--probe', 'chat');
    expect(rows).toEqual(['llama3 required pass']);
    expect((await run('--live')).rows).toEqual(['embed required fail', 'llama3 required pass']);
    expect(stderr).toContain(
      'Left out, because no probe is for them: embed (embeddings). Name one',
    );
    expect(stderr).toContain('1 entry of the list has no id and is left out.');
    expect(await readFile(inHome('last-models.json'), 'utf8')).toContain('"llama3": null');
  });

  it('all listed models but those behind an exclamation mark', async () => {
    const { rows } = await run('--probe', 'chat', '-m', '!*:70b,!qwen*');
    expect(rows).toEqual(['llama3:8b required pass']);
    expect((await run('-m', '!')).error).toMatchObject({ code: 'empty_flag' });
  });

  it.each([
    [200, { id: 'llama3:8b', supported_parameters: ['tools'] }, 'tools'],
    [200, { id: 'another', supported_parameters: ['tools'] }, undefined],
    [500, { id: 'llama3:8b', supported_parameters: ['tools'] }, undefined],
    [401, {}, undefined],
  ])(
    'of a named model what the list says of it: HTTP %i, %j: %s',
    async (status, entry, claimed) => {
      await api[Symbol.asyncDispose]();
      api = await loopback((request, response) => {
        if (request.method === 'GET') return json(status, { data: [entry] })(response);
        return says('42')(response);
      });
      await run('-m', 'llama3:8b', '--report', `json=${inHome('r.json')}`);
      const { probes } = JSON.parse(await readFile(inHome('r.json'), 'utf8'));
      expect(probes.includes('tools')).toBe(claimed === 'tools');
      expect(probes.includes('chat')).toBe(true);
    },
  );

  it('no model when a glob matches only models for something else', async () => {
    await api[Symbol.asyncDispose]();
    api = await modelApi({ 'whisper-1': says('42'), 'llama3:8b': says('42') });
    const { error } = await run('-m', 'wh*');
    expect(error).toMatchObject({
      code: 'no_chat_model',
      message: 'Left out, because no probe is for them: whisper-1 (speech)',
    });
    const { rows } = await run('--probe', 'chat', '-m', 'whisper-1');
    expect(rows).toEqual(['whisper-1 required pass']);
  });

  it('with --live all listed models, and finds those that do not exist', async () => {
    const { error, rows } = await run('--live', '--probe', 'chat');
    expect(error).toHaveProperty(
      'message',
      '1 of 3 required models did not pass: llama3:70b (unavailable)',
    );
    expect(rows).toHaveLength(3);
  });

  it('with the questions of --seed, and in full with --deep', async () => {
    const bodies: string[] = [];
    await api[Symbol.asyncDispose]();
    api = await loopback((request, response) => {
      if (request.method === 'GET') return json(404, {})(response);
      void bodyOf(request).then((body) => {
        bodies.push(body);
        // With --deep one request is malformed.
        if (jsonOrUndefined(body) === undefined) return json(400, {})(response);
        says('42')(response);
      });
    });
    const ask = async (...args: string[]) => {
      bodies.length = 0;
      const { stderr } = await run('-m', 'qwen3-coder-plus', ...args);
      return { stderr, asked: [...bodies] };
    };
    const short = await ask('--seed', 'abc');
    expect(short.stderr).toContain('Questions drawn with --seed abc');
    expect((await ask('--seed', 'abc')).asked).toEqual(short.asked);
    expect((await ask('--deep', '--seed', 'abc')).asked.length).toBeGreaterThan(short.asked.length);
  });

  it('in every shard its own models, and in one without models none', async () => {
    const names = ['qwen3-coder-plus', 'llama3:8b'];
    const shards = [1, 2, 3, 4, 5].map((part) => `${part}/5`);
    const runs = await Promise.all(
      shards.map((shard) => run('--probe', 'chat', '-m', ...names, '--shard', shard)),
    );
    expect(runs.map(({ error }) => error)).toEqual(shards.map(() => undefined));
    expect(runs.map(({ rows }) => rows)).toEqual([
      [],
      ['llama3:8b required pass'],
      [],
      [],
      ['qwen3-coder-plus required pass'],
    ]);
    expect(runs[0]?.stderr).toContain('No model belongs to this shard');
  });

  it('the models of a file, each with its own probes and limits', async () => {
    const models = [
      { model: 'llama3:8b', probes: ['chat', 'tools'] },
      { model: 'llama3:70b', required: false },
      { model: 'qwen3-coder-plus', probes: ['chat'], comment: 'The one that matters' },
    ];
    await writeFile(inHome('models.json'), JSON.stringify({ models }));
    const all = await run('--file', inHome('models.json'));
    expect(all.rows).toEqual([
      'llama3:8b required fail',
      'llama3:70b optional unavailable',
      'qwen3-coder-plus required pass',
    ]);
    const some = await run('--file', inHome('models.json'), '-m', 'qwen*');
    expect([some.error, some.rows]).toEqual([undefined, ['qwen3-coder-plus required pass']]);
  });
});

describe('an endpoint without a model list', () => {
  beforeEach(async () => {
    await api[Symbol.asyncDispose]();
    api = await loopback((request, response) => {
      if (request.url === '/v1/models') response.writeHead(404).end();
      else says('42')(response);
    });
  });

  it.each([['--live'], ['--init']])('is an error with %s', async (flag) => {
    const { error } = await run(flag);
    expect(error).toMatchObject({ kind: 'usage', code: 'no_model_list' });
  });

  it('lets globs match the catalogue', async () => {
    const { rows, stderr } = await run('--probe', 'chat', '-m', 'qwen3-coder-*');
    expect(rows).toEqual(['qwen3-coder-plus required pass', 'qwen3-coder-flash required pass']);
    expect(stderr).toContain('has no model list');
  });
});

it('at a plan without a model list --live tests what the plan serves', async () => {
  const { context, stderr } = commandLine({ env: { QWEN_DEMO_HOME: home.path } });
  const flags = { patterns: [], live: true, described: undefined, embeddings: true };
  const { models } = await resolveModels(flags, context, {
    endpoint: 'https://coding.dashscope.aliyuncs.com/v1',
    // The network ends here: this host answers 404.
    request: () => Promise.reject(new ApiError('no', { code: 'not_found', status: 404 })),
    once: () => Promise.reject(new Error('Not asked')),
    known: modelsAt({ login: false, plan: 'coding' }),
    idOf: (name) => name,
  });
  expect(models).toContainEqual(expect.objectContaining({ model: 'glm-5', required: true }));
  expect(models.map(({ model }) => model)).not.toContain('coder-model');
  expect(stderr()).toContain('no model list (HTTP 404): these are the known models');
});

it.each([[['--live']], [['--init']]])('--file and %s exclude each other', async (other) => {
  const { error } = await run('--file', 'models.json', ...other);
  expect(error).toMatchObject({ code: 'commander.conflictingOption' });
});
