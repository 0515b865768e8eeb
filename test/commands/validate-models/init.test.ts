import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import { commandLine } from '../../helpers/command-line.ts';
import { bodyOf, loopback, type Loopback } from '../../helpers/loopback.ts';
import { error, json, modelApi, says } from '../../helpers/model-api.ts';
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

describe('--init', () => {
  it('writes the listed models into a file that the schema and --file accept', async () => {
    const file = inHome('models.json');
    const { error, stderr } = await run('--init', file);
    expect(error).toBeUndefined();
    expect(stderr).toContain(`Use it with --file ${file}`);
    const document = JSON.parse(await readFile(file, 'utf8'));
    const schema = new URL('../../../schemas/models.schema.json', import.meta.url);
    const conforms = new Ajv2020().compile(JSON.parse(await readFile(schema, 'utf8')));
    expect(conforms(document)).toBe(true);
    expect(
      document.models.map(({ model, probes }: { model: string; probes: string[] }) => [
        model,
        probes.includes('tools'),
      ]),
    ).toEqual([
      ['llama3:70b', false],
      ['llama3:8b', false],
      ['qwen3-coder-plus', true],
    ]);
    const { rows } = await run('--file', file, '--probe', 'chat');
    expect(rows).toHaveLength(3);
  });

  it('writes only the models that match', async () => {
    await run('--init', inHome('m.json'), '-m', 'llama3:8*');
    expect(JSON.parse(await readFile(inHome('m.json'), 'utf8')).models).toHaveLength(1);
  });

  it('reads --file without the byte order mark that some editors write', async () => {
    await writeFile(inHome('m.json'), '\uFEFF{"models":[{"model":"qwen3-coder-plus"}]}');
    const { rows } = await run('--file', inHome('m.json'), '--probe', 'chat');
    expect(rows).toEqual(['qwen3-coder-plus required pass']);
  });

  it('does not change a file that exists', async () => {
    await writeFile(inHome('models.json'), 'mine');
    const { error } = await run('--init', inHome('models.json'));
    expect(error).toBeInstanceOf(UsageError);
    expect(await readFile(inHome('models.json'), 'utf8')).toBe('mine');
  });
});

describe('--discover', () => {
  const entry = { id: 'llama3', max_model_len: 20_000, supported_parameters: ['tools'] };

  beforeEach(async () => {
    await api[Symbol.asyncDispose]();
    // It holds 8,000 characters, and calls no tool.
    api = await loopback((request, response) => {
      void bodyOf(request).then((body) => {
        if (request.method === 'GET') return json(200, { data: [entry] })(response);
        const codes = body.match(/(?<=box is )[a-z]+-\d+/g);
        if (body.length < 8000) return says(codes?.join(', ') ?? '42')(response);
        return error(400, 'context_length_exceeded', 'Too long')(response);
      });
    });
  });

  it('writes what was claimed and what was measured, and says which claims are false', async () => {
    const file = inHome('m.json');
    const { error: failure, stderr } = await run('--discover', file);
    expect(failure).toBeUndefined();
    const [found] = JSON.parse(await readFile(file, 'utf8')).models;
    expect(found).toMatchObject({
      model: 'llama3',
      claimed: { abilities: ['tools'], context: 20_000 },
      measured: {
        on: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
        context_end: 'model',
      },
    });
    expect(found.measured.able).toContain('chat');
    expect(found.measured.unable).toContain('tools');
    expect(found.probes).toEqual(found.measured.able);
    expect(stderr).toContain('llama3 claims tools, and did not pass it.');
    // 8,000 characters of JSON.
    expect(found.measured.context).toBeGreaterThan(1500);
    expect(found.measured.context).toBeLessThan(2000);
    expect(stderr).toContain(`llama3 claims 20000 tokens, and reads ${found.measured.context}.`);
    const { rows } = await run('--file', file, '--probe', 'chat');
    expect(rows).toEqual(['llama3 required pass']);
  });

  it('asks nothing when the file is there already, or two files are named', async () => {
    await writeFile(inHome('m.json'), 'mine');
    const there = await run('--discover', inHome('m.json'));
    expect(there.error).toMatchObject({ code: 'file_exists' });
    const two = await run('--discover', inHome('a.json'), '--init', inHome('b.json'));
    expect(two.error).toMatchObject({ code: 'two_files' });
  });
});
