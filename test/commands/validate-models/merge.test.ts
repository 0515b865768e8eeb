import { link, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError, ValidationError } from '../../../src/core/errors.ts';
import type { JudgedReport } from '../../../src/core/validation/judge.ts';
import type { ValidationReport } from '../../../src/core/validation/report.ts';
import { commandLine } from '../../helpers/command-line.ts';
import { temporaryFolder } from '../../helpers/real-world.ts';
import {
  failed,
  jsonReport,
  judged,
  model,
  passed,
  probe,
} from '../../helpers/validation-report.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

const at = (name: string) => join(folder.path, name);

/** Merges the reports, which are files `0.json`, `1.json` and so on. */
async function merge(reports: JudgedReport[], ...flags: string[]) {
  const names = reports.map((_, index) => at(`${index}.json`));
  await Promise.all(
    reports.map((report, index) => writeFile(names[index] ?? '', jsonReport(report))),
  );
  const { run, stdout, stderr } = commandLine({ env: { QWEN_DEMO_HOME: at('home') } });
  const error = await run('validate-models', 'merge', ...names, '--json', ...flags);
  const text = stdout();
  const merged = text === '' ? undefined : (JSON.parse(text) as JudgedReport);
  return { error, stderr: stderr(), merged };
}

const shard = (number: number, count = 2): Partial<ValidationReport> => ({
  live: true,
  shard: { number, count },
});
const outcomes = (merged: JudgedReport | undefined) =>
  merged?.models.map(({ model: name, verdict, outcome }) => `${name} ${verdict} ${outcome}`);

describe('validate-models merge', () => {
  it('makes one report of several, with all columns, times and tokens', async () => {
    const first = judged([passed('a')], {}, { started_at: Date.UTC(2027, 0, 15, 9) });
    const tools = model('b', [probe('chat'), probe('tools', { tokens_per_second: 9 })]);
    const { error, merged } = await merge([first, judged([tools], {}, { duration_ms: 100 })]);
    expect(error).toBeUndefined();
    expect(outcomes(merged)).toEqual(['a pass passed', 'b pass passed']);
    expect(merged).toMatchObject({
      version: 1,
      started_at: '2027-01-15T08:00:00.000Z',
      duration_ms: 3_601_500,
      probes: ['chat', 'tools'],
      tokens: { prompt_tokens: 40, completion_tokens: 6 },
      summary: { total: 2, passed: 2 },
    });
    expect(merged?.models[0]?.probes.map(({ verdict }) => verdict)).toEqual([
      'pass',
      'not_claimed',
    ]);
  });

  it('exits like a run of all models', async () => {
    const { error, merged } = await merge([
      judged([passed('a')], {}, shard(1)),
      judged([failed('b', 'fail', 'No')], {}, shard(2)),
    ]);
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toHaveProperty('message', '1 of 2 required models did not pass: b (fail)');
    expect(merged?.summary.required_failed).toBe(1);
  });

  it('keeps the worst result of a model that several runs tested', async () => {
    const bad = probe('tools', { verdict: 'fail', reason: 'No' });
    const { merged } = await merge([
      judged([model('a', [probe('chat'), bad]), passed('b')]),
      judged([model('a', [probe('chat'), probe('tools')]), failed('b', 'timeout', 'Slow')]),
    ]);
    expect(outcomes(merged)).toEqual(['a fail failed', 'b timeout failed']);
    expect(merged?.models[0]?.probes.map(({ verdict }) => verdict)).toEqual(['pass', 'fail']);
  });

  it('takes a complete run in place of one that was stopped', async () => {
    const stopped = { stopped_by: 'signal', interrupted: true } as const;
    const cut = model('a', [probe('chat'), probe('tools', { verdict: 'skipped' })]);
    const whole = model('a', [probe('chat'), probe('tools')]);
    const both = await merge([judged([cut], {}, stopped), judged([whole])]);
    expect(both.error).toBeUndefined();
    expect(outcomes(both.merged)).toEqual(['a pass passed']);
    const twice = await merge([judged([cut], {}, stopped), judged([passed('a')])]);
    expect(twice.error).toHaveProperty('message', expect.stringContaining('a (skipped)'));
  });

  it('keeps how the runs were judged, unless it has a baseline itself', async () => {
    const result = { verdict: 'fail', latency_ms: 5 } as const;
    const baseline = {
      version: 1,
      models: { a: { ...result, probes: { chat: result } } },
    } as const;
    const excused = judged([failed('a', 'fail', 'No')], { baseline });
    const pass = { verdict: 'pass', latency_ms: 5 } as const;
    const quick = { version: 1, models: { b: { ...pass, probes: { chat: pass } } } } as const;
    const slower = judged([passed('b')], { baseline: quick });
    const { error, merged } = await merge([excused, slower]);
    expect(error).toHaveProperty('message', expect.stringContaining('b (slower than in the bas'));
    expect(outcomes(merged)).toEqual(['a fail excused', 'b pass failed']);
    await writeFile(at('baseline.json'), JSON.stringify(quick));
    const again = await merge([excused, slower], `--baseline=${at('baseline.json')}`);
    expect(outcomes(again.merged)).toEqual(['a fail failed', 'b pass failed']);
  });

  it('fails for a warning with --strict', async () => {
    const warned = judged([model('a', [probe('chat', { verdict: 'warn', reason: 'Odd' })])]);
    expect((await merge([warned])).error).toBeUndefined();
    const { error } = await merge([warned], '--strict');
    expect(error).toHaveProperty('message', expect.stringContaining('a (warn with --strict)'));
  });

  it('fails when the report of a shard is missing', async () => {
    const { error, merged } = await merge([
      judged([passed('a')], {}, shard(1, 3)),
      judged([], {}, shard(3, 3)),
    ]);
    expect(error).toMatchObject({ code: 'shard_missing', kind: 'validation' });
    expect(error).toHaveProperty('message', expect.stringContaining('2/3'));
    expect(merged?.summary.total).toBe(1);
  });

  it('finds the models of its baseline that no run of all listed models has', async () => {
    const result = { verdict: 'pass', latency_ms: 800, probes: {} } as const;
    const baseline = { version: 1, models: { a: result, lost: result } };
    await writeFile(at('baseline.json'), JSON.stringify(baseline));
    const flag = `--baseline=${at('baseline.json')}`;
    const shards = [judged([passed('a')], {}, shard(1)), judged([passed('b')], {}, shard(2))];
    const { error, merged, stderr } = await merge(shards, flag);
    expect(error).toHaveProperty('message', expect.stringContaining('lost (gone)'));
    expect(outcomes(merged)?.at(-1)).toBe('lost gone failed');
    expect(stderr).toContain('the baseline does not have them: b');
    expect((await merge([judged([passed('a')])], flag)).error).toBeUndefined();
  });

  it('writes its baseline', async () => {
    const flags = [`--baseline=${at('new.json')}`, '--update-baseline'];
    await merge([judged([passed('a')]), judged([passed('b')])], ...flags);
    expect(Object.keys(JSON.parse(await readFile(at('new.json'), 'utf8')).models)).toEqual([
      'a',
      'b',
    ]);
  });

  it('refuses a report that it would overwrite, or that is named twice', async () => {
    const one = [judged([passed('a')])];
    await merge(one);
    await link(at('0.json'), at('hard.json'));
    await symlink('0.json', at('soft.json'));
    for (const name of ['0.json', 'hard.json', './soft.json']) {
      const { error } = await merge(one, `--report=html=${folder.path}/${name}`);
      expect(error).toBeInstanceOf(UsageError);
      expect(error).toHaveProperty('message', expect.stringContaining('the file that merge reads'));
      expect((await merge(one, at(name))).error).toMatchObject({ code: 'report_twice' });
    }
  });

  it.each([
    ['', 'is not JSON'],
    ['{}', "is not a report of this program: it must have required property 'version'"],
    ['[1]', 'is not a report of this program'],
    ['{"version":2}', 'is not a report of this program'],
  ])('refuses a file with the text %j', async (text, message) => {
    await writeFile(at('bad.json'), text);
    const { error, merged } = await merge([judged([passed('a')])], at('bad.json'));
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toHaveProperty('message', expect.stringContaining(message));
    expect(merged).toBeUndefined();
  });

  it.each(['yesterday', '+999999-01-01T00:00:00Z'])(
    'refuses a report that began on the day %s',
    async (started_at) => {
      const text = jsonReport(judged([passed('a')])).replace(/2027-[^"]*/, started_at);
      await writeFile(at('a.json'), text);
      const { run } = commandLine({ env: { QWEN_DEMO_HOME: at('home') } });
      const error = await run('validate-models', 'merge', at('a.json'));
      expect(error).toMatchObject({
        code: 'invalid_file',
        message: expect.stringContaining('started_at'),
      });
    },
  );

  it('refuses a file that does not exist, and a command line without one', async () => {
    const { run } = commandLine({ env: { QWEN_DEMO_HOME: at('home') } });
    expect(await run('validate-models', 'merge', at('none.json'))).toMatchObject({
      code: 'no_file',
    });
    expect(await run('validate-models', 'merge')).toMatchObject({
      code: 'commander.missingArgument',
    });
    expect(await run('validate-models', 'merge', at('none.json'), '--live')).toMatchObject({
      code: 'commander.unknownOption',
    });
  });
});
