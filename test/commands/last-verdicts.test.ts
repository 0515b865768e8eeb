import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/commands/context.ts';
import { keepVerdicts, loadVerdicts } from '../../src/commands/last-verdicts.ts';
import { FakeClock } from '../helpers/fake-clock.ts';
import { realRandom, temporaryFolder } from '../helpers/real-world.ts';
import { failed, passed, reportOf } from '../helpers/validation-report.ts';

/** As much of the world as this takes. */
function world(home: string) {
  const stderr = new PassThrough();
  const clock = new FakeClock();
  const env = { QWEN_DEMO_HOME: home };
  const terminal = { stderr, env };
  const context = { env, clock, random: realRandom, self: process, terminal } as unknown as Context;
  return { context, clock, notices: () => String(stderr.read() ?? '') };
}

const HERE = 'http://127.0.0.1:1/v1';
const THERE = 'http://127.0.0.1:2/v1';

describe('the last verdict of a model', () => {
  it('is the newest at the endpoint, or at any endpoint', async () => {
    await using home = await temporaryFolder();
    const { context, clock } = world(home.path);
    const early = clock.now();
    await keepVerdicts(context, reportOf([passed('a'), passed('b')], { endpoint: HERE }));
    clock.advance(1000);
    await keepVerdicts(context, reportOf([failed('a', 'denied', 'No')], { endpoint: THERE }));

    const here = await loadVerdicts(context, HERE);
    expect(here('a')).toEqual({ verdict: 'pass', at: early, endpoint: HERE });
    expect(here('b')).toEqual({ verdict: 'pass', at: early, endpoint: HERE });
    const anywhere = await loadVerdicts(context, undefined);
    expect(anywhere('a')).toEqual({ verdict: 'denied', at: early + 1000, endpoint: THERE });
    expect(anywhere('constructor')).toBeUndefined();
  });

  it('stays when a later run skips the model', async () => {
    await using home = await temporaryFolder();
    const { context } = world(home.path);
    await keepVerdicts(context, reportOf([passed('a')], { endpoint: HERE }));
    await keepVerdicts(context, reportOf([failed('a', 'skipped', 'x')], { endpoint: HERE }));
    expect((await loadVerdicts(context, HERE))('a')?.verdict).toBe('pass');
  });

  it('can be read by its owner only', async () => {
    await using home = await temporaryFolder();
    const { context } = world(join(home.path, 'new'));
    await keepVerdicts(context, reportOf([passed('a')]));
    expect(await readdir(join(home.path, 'new'))).toEqual(['last-verdicts.json']);
    expect((await stat(join(home.path, 'new'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(home.path, 'new/last-verdicts.json'))).mode & 0o777).toBe(0o600);
  });

  it('is stored for the twenty endpoints that were tested last', async () => {
    await using home = await temporaryFolder();
    const { context } = world(home.path);
    for (let port = 1; port <= 25; port += 1) {
      const endpoint = `http://127.0.0.1:${port}/v1`;
      await keepVerdicts(context, reportOf([passed('a')], { endpoint }));
    }
    const file = JSON.parse(await readFile(join(home.path, 'last-verdicts.json'), 'utf8'));
    expect(Object.keys(file.endpoints)).toHaveLength(20);
    expect((await loadVerdicts(context, 'http://127.0.0.1:5/v1'))('a')).toBeUndefined();
    expect((await loadVerdicts(context, 'http://127.0.0.1:6/v1'))('a')).toBeDefined();
  });

  it.each(['', '{', '{"version":9}', '[]'])('is unknown when the file is %j', async (text) => {
    await using home = await temporaryFolder();
    const { context } = world(home.path);
    await writeFile(join(home.path, 'last-verdicts.json'), text);
    expect((await loadVerdicts(context, HERE))('a')).toBeUndefined();
    await keepVerdicts(context, reportOf([passed('a')], { endpoint: HERE }));
    expect((await loadVerdicts(context, HERE))('a')?.verdict).toBe('pass');
  });

  it('that cannot be stored causes a notice and no failure', async () => {
    const { context, notices } = world('/dev/null');
    await keepVerdicts(context, reportOf([passed('a')]));
    expect(notices()).toMatch(/^The verdicts are not remembered for list-models: .+\n$/);
  });
});
