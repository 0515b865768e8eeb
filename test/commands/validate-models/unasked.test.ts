import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine } from '../../helpers/command-line.ts';
import { type Behaviour, json, modelApi, says } from '../../helpers/model-api.ts';
import { temporaryFolder } from '../../helpers/real-world.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

const at = (name: string) => join(folder.path, name);
const read = (name: string) => readFile(at(name), 'utf8');

/** One run over two models that do the same, and what it threw. */
async function validate(
  args: string[],
  behaviour: Behaviour,
  env: Record<string, string> = {},
): Promise<unknown> {
  await using api = await modelApi({ good: behaviour, bad: behaviour });
  const home = { OPENAI_BASE_URL: `${api.url}/v1`, QWEN_DEMO_HOME: at('home') };
  const { run } = commandLine({ env: { ...home, ...env } });
  const which = args.includes('-m') ? [] : ['-m', 'good,bad'];
  return await run('validate-models', '--probe', 'chat', ...which, ...args);
}

describe('a run that can ask nothing', () => {
  const refusal = (status: number, code: string) =>
    json(status, { error: { code, message: 'Not now' } });
  const nowhere = 'http://127.0.0.1:9/v1';

  it.each<[string, Record<string, string>, Behaviour | undefined, object]>([
    ['nothing listens', { OPENAI_BASE_URL: nowhere }, undefined, { kind: 'network' }],
    ['the key is refused', {}, refusal(401, 'invalid_api_key'), { kind: 'auth' }],
    ['there is no login', { OPENAI_BASE_URL: '' }, undefined, { code: 'not_signed_in' }],
  ])('writes every report and ends with its error when %s', async (_, env, behaviour, expected) => {
    const kinds = ['json', 'junit', 'tap', 'markdown', 'html', 'github'];
    const flags = kinds.flatMap((kind) => ['--report', `${kind}=${at(kind)}`]);
    const error = await validate(flags, behaviour ?? says('42'), env);
    expect(error).toMatchObject(expected);
    const { message } = error as Error;
    const report = JSON.parse(await read('json'));
    expect(report).toMatchObject({ stopped_by: 'error', error: { message, ...expected } });
    expect(report.models).toEqual(
      ['good', 'bad'].map((model) =>
        expect.objectContaining({ model, verdict: 'skipped', reason: message }),
      ),
    );
    for (const kind of kinds) expect(await read(kind), kind).toContain(message);
  });

  it('writes the reports without models when the list of the endpoint cannot be fetched', async () => {
    const flags = ['-m', 'g*', '--report', `json=${at('r.json')}`];
    const error = await validate(flags, says('42'), { OPENAI_BASE_URL: nowhere });
    expect(error).toHaveProperty('kind', 'network');
    expect(JSON.parse(await read('r.json'))).toMatchObject({
      models: [],
      error: { kind: 'network' },
    });
  });

  it('is one in which every model has only a quota for an answer', async () => {
    const exhausted = refusal(429, 'insufficient_quota');
    const error = await validate(['--report', `json=${at('r.json')}`], exhausted);
    expect(error).toMatchObject({ kind: 'quota', code: 'insufficient_quota' });
    expect(JSON.parse(await read('r.json'))).toMatchObject({
      stopped_by: null,
      error: { kind: 'quota' },
      models: [{ verdict: 'quota' }, { verdict: 'quota' }],
    });
  });
});
