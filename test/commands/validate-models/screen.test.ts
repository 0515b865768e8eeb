import { afterAll, describe, expect, it } from 'vitest';
import { type Behaviour, json, modelApi, says } from '../../helpers/model-api.ts';
import { onTerminal } from '../../helpers/pty.ts';
import { temporaryFolder } from '../../helpers/real-world.ts';

const home = await temporaryFolder();
afterAll(() => home[Symbol.asyncDispose]());

/** The built program on a pseudo-terminal. Every model is asked one question. */
function validate(url: string, models: string, size: { columns?: number; rows?: number } = {}) {
  return onTerminal(['validate-models', '--probe', 'chat', '-m', models], {
    ...size,
    env: { OPENAI_BASE_URL: `${url}/v1`, QWEN_DEMO_HOME: home.path },
  });
}

/** Lines in which no time of day and no frame of an animation is left. */
const still = (lines: string[]) =>
  lines.map((line) =>
    line
      .replaceAll(/\d+ ms|\d\.\d+ s/g, 'TIME')
      .replaceAll(/\d+ s/g, 'SECONDS')
      .replaceAll(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, 'o')
      .trimEnd(),
  );

const missing = json(404, { error: { message: 'There is no such model here' } });

/** Answers 42 when it is released. */
function held(): { behaviour: Behaviour; release: () => void } {
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  return { behaviour: (response) => void released.then(() => says('42')(response)), release };
}

describe('validate-models on a terminal', () => {
  it('updates one line for each model and replaces them by the table at the end', async () => {
    const late = held();
    await using api = await modelApi({ quick: says('42'), late: late.behaviour, missing });
    const { seen, screen, exit, raw } = validate(api.url, 'quick,late,missing');
    await seen(/Asking 3 models, 2 finished/);
    const during = still(await screen());
    expect(during.slice(0, 2)).toEqual(['✓ quick    pass         TIME', 'o late     SECONDS']);
    expect(during[2]).toMatch(/^✗ missing {2}unavailable {2}TIME {2}127\.0\.0\.1:\d+ answered.*…$/);
    expect(during.slice(3)).toEqual(['Asking 3 models, 2 finished']);

    late.release();
    expect(await exit).toBe(9);
    const [seed, ...after] = still(await screen());
    expect(seed).toMatch(/^Questions drawn with --seed \w{8}$/);
    expect(after.slice(0, 3)).toEqual([
      'MODEL    NEED      VERDICT        LATENCY  REASON',
      'quick    required  ✓ pass         TIME',
      'late     required  ✓ pass         TIME',
    ]);
    expect(after[3]).toMatch(
      /^missing {2}required {2}✗ unavailable {2}TIME\s+127\.0\.0\.1:\d+ ans/,
    );
    expect(after.join('\n')).toContain('error: 1 of 3 required models did not pass');
    expect(after.join('\n')).not.toContain('Asking');
    expect(raw().split('\u001B[?25l')).toHaveLength(2);
    expect(raw().lastIndexOf('\u001B[?25h')).toBeGreaterThan(raw().lastIndexOf('\u001B[?25l'));
  });

  it('shows unfinished models first on a low screen', async () => {
    const late = held();
    const quick = Array.from({ length: 8 }, (_, index) => `quick-${index}`);
    const behaviours = Object.fromEntries(quick.map((name) => [name, says('42')]));
    await using api = await modelApi({ ...behaviours, late: late.behaviour });
    const { seen, screen, exit } = validate(api.url, ['late', ...quick].join(','), { rows: 4 });
    await seen(/Asking 9 models, 8 finished/);
    expect(still(await screen())).toEqual([
      'o late     SECONDS',
      '✓ quick-6  pass         TIME',
      '✓ quick-7  pass         TIME',
      'Asking 9 models, 8 finished',
    ]);
    late.release();
    expect(await exit).toBe(0);
  });

  it('shows the verdicts it has and the cursor after Ctrl-C', async () => {
    await using api = await modelApi({ quick: says('42'), stalled: () => {} });
    const { seen, type, screen, exit, raw } = validate(api.url, 'quick,stalled', { columns: 40 });
    await seen(/Asking 2 models, 1 finished/);
    type('\u0003');
    expect(await exit).toBe(130);
    expect(still(await screen())).toEqual([
      expect.stringMatching(/^Questions drawn with --seed \w{8}$/),
      'quick',
      '  required · ✓ pass · TIME',
      'stalled',
      '  required · - skipped',
      '  Interrupted',
    ]);
    expect(raw()).toContain('\u001B[?25h');
  });

  it('keeps the text of a model within its line', async () => {
    const late = held();
    const evil = says('\u001b]0;owned\u0007\u001b[2J\n\n\u202eno');
    await using api = await modelApi({ evil, late: late.behaviour });
    const { seen, screen, exit, raw } = validate(api.url, 'evil,late');
    await seen(/Asking 2 models, 1 finished/);
    expect(await screen()).toHaveLength(3);
    late.release();
    expect(await exit).toBe(9);
    for (const unsafe of ['owned\u0007', '\u001b[2J', '\u202e'])
      expect(raw()).not.toContain(unsafe);
  });
});
