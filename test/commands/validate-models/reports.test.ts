import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ValidationError } from '../../../src/core/errors.ts';
import { commandLine } from '../../helpers/command-line.ts';
import { type Behaviour, json, modelApi, says } from '../../helpers/model-api.ts';
import type { Loopback } from '../../helpers/loopback.ts';
import { temporaryFolder } from '../../helpers/real-world.ts';

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

describe('--report', () => {
  it('writes any number of files, and the table to stdout', async () => {
    const kinds = ['json', 'junit', 'tap', 'markdown', 'html', 'github'];
    const flags = kinds.flatMap((kind) => ['--report', `${kind}=${at(`deep/er/${kind}`)}`]);
    const { stdout, error } = await validate(flags);
    expect(error).toBeInstanceOf(ValidationError);
    expect(stdout).toMatch(/^good\trequired\tpass\t.*\nbad\trequired\tfail\t.*\n$/);
    expect((await readdir(at('deep/er'))).toSorted()).toEqual(kinds.toSorted());
    const beginnings = await Promise.all(
      kinds.map(async (kind) => (await read(`deep/er/${kind}`)).slice(0, 8)),
    );
    expect(beginnings).toEqual([
      '{\n  "ver',
      '<?xml ve',
      'TAP vers',
      '## Model',
      '<!doctyp',
      '::error ',
    ]);
  });

  it('without a file takes the place of the table', async () => {
    const { stdout } = await validate(['--report', 'tap', '--report', `json=${at('r.json')}`]);
    expect(stdout).toMatch(/^TAP version 14\n# seed 0{8}\n1\.\.2\n/);
    expect(JSON.parse(await read('r.json'))).toMatchObject({ summary: { required_failed: 1 } });
  });

  it('refuses a file that cannot be written before the first request', async () => {
    await mkdir(at('folder'));
    const { error, stdout, stderr } = await validate(['--report', `junit=${at('folder')}`]);
    expect(error).toMatchObject({ kind: 'usage', code: 'not_a_file' });
    expect(stdout + stderr).toBe('');
  });

  it('writes the other reports when one cannot be written', async () => {
    models.good = (response) => {
      void mkdir(at('r.xml'), { recursive: true }).then(() => says('42')(response));
    };
    const flags = ['--report', `junit=${at('r.xml')}`, '--report', `json=${at('r.json')}`];
    const { error } = await validate(['-m', 'good', ...flags]);
    expect(error).toMatchObject({ kind: 'usage', code: 'not_a_file' });
    expect(JSON.parse(await read('r.json'))).toMatchObject({ summary: { passed: 1 } });
  });
});

describe('--report github', () => {
  it('prints the table between stop-commands lines and the annotations below', async () => {
    const { stdout } = await validate(['--report', 'github']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^::stop-commands::/);
    expect(lines[1]).toMatch(/^good\t/);
    expect(lines[3]).toBe(`::${lines[0]?.slice('::stop-commands::'.length)}::`);
    expect(lines.slice(4)).toEqual([
      expect.stringMatching(
        /^::error title=bad%3A fail \(required\)::chat\/right-answer: Answered "43"/,
      ),
    ]);
  });

  it('appends a table to the summary of the job', async () => {
    await writeFile(at('summary.md'), '# Before\n');
    await validate(['--report', 'github'], { GITHUB_STEP_SUMMARY: at('summary.md') });
    const summary = await read('summary.md');
    expect(summary).toMatch(/^# Before\n## Models: 1 of 2 required models failed\n/);
    expect(summary).toContain('| `good` | required | ✅ pass |');
  });

  it('keeps the summary of the step below 1 MiB, with what was in it before', async () => {
    const env = { GITHUB_STEP_SUMMARY: at('summary.md') };
    await validate(['--report', 'github'], env);
    const before = 2 ** 20 - (await read('summary.md')).length;
    await writeFile(at('summary.md'), 'x'.repeat(before));
    await validate(['--report', 'github'], env);
    const summary = await read('summary.md');
    expect(summary.length).toBeLessThan(2 ** 20);
    expect(summary.slice(before)).toMatch(/\d of 2 models are not shown here/);

    await writeFile(at('summary.md'), 'x'.repeat(2 ** 20 - 50));
    const { stderr } = await validate(['--report', 'github'], env);
    expect(stderr).toContain('summary.md has no space for a summary');
    expect(await read('summary.md')).toHaveLength(2 ** 20 - 50);
  });

  it('prints no line of a model that the runner takes for a command', async () => {
    models.bad = says('##[add-mask]x ::error::y');
    const { stderr } = await validate([], { GITHUB_ACTIONS: 'true' });
    expect(stderr).toContain('## [add-mask]x');
    expect(stderr).not.toMatch(/##\[|^::/m);
  });
});

describe('--known-failures', () => {
  // The clock of these tests is in January 2027.
  const list = async (until: string, model = 'bad') => {
    const known_failures = [{ model, probe: 'chat', reason: 'Ticket 7', until }];
    await writeFile(at('known.json'), JSON.stringify({ known_failures }));
    return ['--known-failures', at('known.json')];
  };

  it('are excused through their last day', async () => {
    const excused = await validate(await list('2027-12-31'));
    expect(excused.error).toBeUndefined();
    expect(excused.stdout).toContain('[known until 2027-12-31: Ticket 7]');
    const over = await validate(await list('2026-12-31'));
    expect(over.error).toBeInstanceOf(ValidationError);
    expect(over.stdout).toContain('[known failure expired after 2026-12-31]');
  });

  it('are named on stderr when the model passes', async () => {
    const { stderr } = await validate(await list('2027-12-31', 'good'));
    expect(stderr).toContain('good (chat) passes: remove "Ticket 7" from the known failures.');
  });
});

it('validate-models stores the verdicts for list-models', async () => {
  await validate(['-m', 'good,gone']);
  const { endpoints } = JSON.parse(await read('home/last-verdicts.json'));
  expect(endpoints).toEqual({
    [`${api.url}/v1`]: {
      good: { verdict: 'pass', at: expect.any(Number) },
      gone: { verdict: 'unavailable', at: expect.any(Number) },
    },
  });
});
