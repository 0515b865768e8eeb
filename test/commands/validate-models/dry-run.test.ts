import { afterAll, describe, expect, it } from 'vitest';
import { commandLine } from '../../helpers/command-line.ts';
import { loopback } from '../../helpers/loopback.ts';
import { json } from '../../helpers/model-api.ts';
import { temporaryFolder } from '../../helpers/real-world.ts';

const home = await temporaryFolder();
afterAll(() => home[Symbol.asyncDispose]());

async function run(base: string, ...args: string[]) {
  const env = { OPENAI_BASE_URL: `${base}/v1`, QWEN_DEMO_HOME: home.path };
  const { run: start, stdout, stderr } = commandLine({ env });
  const error = await start('validate-models', ...args);
  const rows = stdout().split('\n').slice(0, -1);
  return {
    error,
    rows: rows.map((line) => line.split('\t').slice(0, 3).join(' ')),
    stderr: stderr(),
  };
}

describe('validate-models --dry-run', () => {
  it('prints what would be asked', async () => {
    let posted = 0;
    await using api = await loopback((request, response) => {
      if (request.method === 'POST') posted += 1;
      json(200, { data: [{ id: 'a', input_modalities: ['text', 'image'] }, { id: 'b' }] })(
        response,
      );
    });
    const short = await run(api.url, '--dry-run', '--live');
    expect(short.error).toBeUndefined();
    expect(short.rows[0]).toMatch(/^a required [1-8]$/);
    expect(short.rows[1]).toBe('b required 2');
    expect(short.stderr).toMatch(
      /2 models, \d+ requests, about \d+ tokens; nothing was asked\.\n$/,
    );
    const plans = async (...flags: string[]) => {
      const env = { OPENAI_BASE_URL: `${api.url}/v1`, QWEN_DEMO_HOME: home.path };
      const { run: start, stdout } = commandLine({ env });
      await start('validate-models', '--dry-run', '--json', '--seed=x', '-m', 'a', ...flags);
      return JSON.parse(stdout()) as {
        models: { probes: { probe: string }[] }[];
        requests: number;
      };
    };
    const [one, three, deep] = [await plans(), await plans('--repeat=3'), await plans('--deep')];
    expect(one).toMatchObject({ version: 1, seed: 'x', models: [{ model: 'a', required: true }] });
    expect(one.models[0]?.probes.map(({ probe }) => probe)).toContain('vision');
    expect(one.models[0]?.probes[0]).toMatchObject({
      probe: 'chat',
      full: false,
      checks: expect.arrayContaining(['chat/right-answer']),
      requests: 2,
    });
    expect(three.requests).toBe(3 * one.requests);
    expect(deep.requests).toBeGreaterThan(one.requests);
    expect(posted).toBe(0);
  });

  it('needs no network where no list is needed', async () => {
    const { error, rows } = await run('http://127.0.0.1:9', '--dry-run', '-m', 'qwen3-coder-plus');
    expect(error).toBeUndefined();
    expect(rows[0]).toMatch(/^qwen3-coder-plus required \d+$/);
  });
});
