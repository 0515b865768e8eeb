import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import { setBaselineLatency } from '../../helpers/baseline-latency.ts';
import { commandLine } from '../../helpers/command-line.ts';
import { createHome } from '../../helpers/program.ts';
import { type Behaviour, json, modelApi, says } from '../../helpers/model-api.ts';
import { loopback, type Loopback } from '../../helpers/loopback.ts';
import { realClock, realRandom, temporaryFolder } from '../../helpers/real-world.ts';
import { passed, reportOf } from '../../helpers/validation-report.ts';
import { updateBaseline } from '../../../src/commands/validate-models/update-baseline.ts';

const missing = json(404, { error: { message: 'There is no such model' } });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let api: Loopback;
/** What the models do; a test may change it between two runs. */
let models: Record<string, Behaviour>;
beforeEach(async () => {
  folder = await temporaryFolder();
  models = { good: says('42'), bad: says('43'), gone: missing };
  const behave = (name: string): Behaviour => {
    return (response) => models[name]?.(response);
  };
  const names = ['good', 'bad', 'gone'];
  api = await modelApi(Object.fromEntries(names.map((name) => [name, behave(name)])));
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const at = (name: string) => join(folder.path, name);
const read = (name: string) => readFile(at(name), 'utf8');

/** One run over `good` and `bad`, and what came of it. */
async function validate(args: string[], env: Record<string, string> = {}) {
  const home = { OPENAI_BASE_URL: `${api.url}/v1`, QWEN_DEMO_HOME: at('home') };
  const { run, stdout, stderr } = commandLine({ env: { ...home, ...env } });
  const which = args.includes('-m') ? [] : ['-m', 'good,bad'];
  const error = await run('validate-models', '--probe', 'chat', ...which, ...args);
  return { error, stdout: stdout(), stderr: stderr() };
}

describe('--baseline', () => {
  const baseline = () => ['--baseline', at('baseline.json')];

  it('fails only for results that are worse', async () => {
    const first = await validate([...baseline(), '--update-baseline']);
    expect(first.error).toBeUndefined();
    expect(first.stderr).toContain(
      'baseline.json is the new baseline. Failures that it accepts: 1',
    );
    expect(Object.keys(JSON.parse(await read('baseline.json')).models)).toEqual(['bad', 'good']);
    await setBaselineLatency(at('baseline.json'), 60_000);

    const same = await validate(baseline());
    expect(same.error).toBeUndefined();
    expect(same.stdout).toContain('[no worse than the baseline]');

    models = { good: says('41'), bad: says('42') };
    const { error, stdout } = await validate(baseline());
    expect(error).toHaveProperty('message', '1 of 2 required models did not pass: good (fail)');
    expect(stdout).toContain('[chat passed before, now: fail]');
  });

  it('fails for a probe that takes too much longer', async () => {
    await using home = await createHome({ OPENAI_BASE_URL: `${api.url}/v1` });
    const run = (...flags: string[]) =>
      home.run(['validate-models', '-m', 'good', '--probe=chat', ...baseline(), ...flags]);
    expect(await run('--update-baseline')).toMatchObject({ code: 0 });
    await setBaselineLatency(at('baseline.json'), 350);
    models.good = (response) => setTimeout(() => says('42')(response), 700);
    expect(await run('--max-slowdown', '1.5')).toMatchObject({ code: 0 });
    const { code, stdout, stderr } = await run('--max-slowdown=1.5', '--min-slowdown=100ms');
    expect(code).toBe(9);
    expect(stderr).toContain('required models did not pass: good (slower than in the baseline)');
    expect(stdout).toMatch(/^good\trequired\tpass \(slower\)\t.*\[chat took \d+ ms, before: /);
  });

  describe('of a list that shrinks', () => {
    let listed: Record<string, unknown>[];
    let shrinking: Loopback;
    beforeEach(async () => {
      listed = ['a-1', 'a-2', 'b-1'].map((id) => ({ id }));
      shrinking = await loopback((request, response) => {
        if (request.method === 'GET') return json(200, { data: listed })(response);
        return says('42')(response);
      });
    });
    afterEach(() => shrinking[Symbol.asyncDispose]());

    const run = async (...args: string[]) => {
      const env = { OPENAI_BASE_URL: `${shrinking.url}/v1`, QWEN_DEMO_HOME: at('home') };
      const { run: start, stdout, stderr } = commandLine({ env });
      const flags = [...baseline(), '--min-slowdown=10s', ...args];
      const error = await start('validate-models', '--probe=chat', ...flags);
      return { message: (error as Error | undefined)?.message, stdout: stdout(), stderr: stderr() };
    };

    it('fails for a model that is gone, until the baseline is updated', async () => {
      expect((await run('--live', '--update-baseline')).message).toBeUndefined();
      listed = [{ id: 'a-1' }, { id: 'b-1', type: 'embedding' }, { id: 'c-1' }];
      const { message, stdout, stderr } = await run('--live');
      expect(message).toBe('2 of 4 required models did not pass: a-2 (gone), b-1 (not asked)');
      expect(stdout).toMatch(/^a-2\trequired\tgone\t/m);
      expect(stdout).toContain('[new: not in the baseline]');
      expect(stderr).toContain('New, because the baseline does not have them: c-1');
      const updated = await run('--live', '--update-baseline');
      expect(updated.message).toBeUndefined();
      expect(Object.keys(JSON.parse(await read('baseline.json')).models)).toEqual(['a-1', 'c-1']);
      expect((await run('--live')).message).toBeUndefined();
    });

    it('knows which models a glob and a shard are about', async () => {
      await run('--live', '--update-baseline');
      listed = [{ id: 'b-1' }];
      expect((await run('-m', 'b-*')).message).toBeUndefined();
      expect((await run('-m', 'a-*')).message).toContain('a-1 (gone), a-2 (gone)');
      listed = [];
      expect((await run('--live')).message).toContain('3 of 3 required models did not pass');
      const shards = await Promise.all(
        ['1/2', '2/2'].map((shard) => run('--live', '--shard', shard)),
      );
      const gone = shards.flatMap(({ stdout }) => stdout.match(/^\S+/gm) ?? []);
      expect(gone.toSorted()).toEqual(['a-1', 'a-2', 'b-1']);
    });

    it('fails for a probe that passed and that the model does not claim any more', async () => {
      const text = { a: { verdict: 'pass', latency_ms: 9 } }.a;
      const probes = { chat: text, tools: text };
      const earlier = { version: 1, models: { 'a-1': { ...text, probes } } };
      await writeFile(at('baseline.json'), JSON.stringify(earlier));
      listed = [{ id: 'a-1', input_modalities: ['text', 'image'] }];
      const { message, stdout } = await run('--live', '--probe=tools');
      expect(message).toBe('1 of 1 required models did not pass: a-1 (not asked)');
      expect(stdout).toContain('the model does not claim it any more');
      expect((await run('--live')).message).toBeUndefined();
    });
  });

  it('keeps what it has of the models that a run which ended early did not test', async () => {
    await validate([...baseline(), '--update-baseline']);
    const whole = JSON.parse(await read('baseline.json'));
    models.good = () => {};
    const flags = [...baseline(), '--update-baseline', '--deadline', '1s'];
    const { stderr } = await validate(['-j1', '-m', 'bad,good', ...flags]);
    expect(stderr).toContain('baseline.json holds what was tested. Failures that it accepts: ');
    expect(JSON.parse(await read('baseline.json')).models.good).toEqual(whole.models.good);
    expect(await readdir(folder.path)).not.toContain('baseline.json.lock');
  });

  it('holds the results of all runs that wrote it at the same time, after Ctrl-C too', async () => {
    const base = commandLine().context;
    const signal = AbortSignal.abort();
    const context = { ...base, random: realRandom, clock: realClock, signal };
    const names = Array.from({ length: 8 }, (_, index) => `model-${index}`);
    await Promise.all(
      names.map((name) => updateBaseline(at('baseline.json'), reportOf([passed(name)]), context)),
    );
    expect(Object.keys(JSON.parse(await read('baseline.json')).models)).toEqual(names);
  });

  it.each([
    [['--update-baseline'], '--update-baseline needs a baseline'],
    [['--max-slowdown', '2'], '--max-slowdown needs a baseline'],
    [['--min-slowdown', '2s'], '--min-slowdown needs a baseline'],
    [['--baseline', '/nonexistent/b.json'], 'There is no baseline at /nonexistent/b.json'],
    [['--known-failures', '/nonexistent/k.json'], 'There is no file /nonexistent/k.json'],
    [['--baseline', '/dev/null'], '/dev/null is not JSON'],
  ])('%j is refused before the first request', async (flags, message) => {
    const { error, stderr } = await validate(flags);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toHaveProperty('message', expect.stringContaining(message));
    expect(stderr).toBe('');
  });
});
