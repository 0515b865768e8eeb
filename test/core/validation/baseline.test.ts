import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import {
  type Baseline,
  baselineOf,
  compare,
  parseBaseline,
} from '../../../src/core/validation/baseline.ts';
import type { ProbeReport, Verdict } from '../../../src/core/validation/report.ts';
import { failed, model, passed, probe, reportOf } from '../../helpers/validation-report.ts';

type Outline = Record<string, [verdict: Verdict, latency_ms: number]>;

/** A baseline of one model called `a`. */
function before(outlines: Outline, verdict: Verdict = 'pass'): Baseline {
  const probes = Object.entries(outlines).map(
    ([name, [each, latency_ms]]) => [name, { verdict: each, latency_ms }] as const,
  );
  const result = { verdict, latency_ms: 500, probes: Object.fromEntries(probes) };
  return { version: 1, models: { a: result } };
}

const change = (probes: ProbeReport[], baseline: Baseline, factor = 3) => {
  const found = compare(model('a', probes), baseline, factor);
  return [found.change, ...found.reasons];
};

const chat = (latency_ms: number) => probe('chat', { latency_ms });
const json = (verdict: Verdict) => probe('json', { verdict });

describe('compared with a baseline', () => {
  it.each<[string, ProbeReport[], Baseline, string[]]>([
    [
      'a model with the same result is the same',
      [chat(500)],
      before({ chat: ['pass', 500] }),
      ['same'],
    ],
    [
      'a model with a probe that passed before and fails now is worse',
      [chat(500), json('fail')],
      before({ chat: ['pass', 500], json: ['pass', 500] }),
      ['worse', 'json passed before, now: fail'],
    ],
    [
      'a model with another failure of the same probe is the same',
      [chat(500), json('timeout')],
      before({ chat: ['pass', 500], json: ['fail', 500] }, 'fail'),
      ['same'],
    ],
    [
      'a model with a probe that failed before and passes now is better',
      [chat(500), json('pass')],
      before({ chat: ['pass', 500], json: ['fail', 500] }, 'fail'),
      ['better', 'json passes now, before: fail'],
    ],
    [
      'a model with a new probe that fails is worse',
      [chat(500), json('fail')],
      before({ chat: ['pass', 500] }),
      ['worse', 'json is not in the baseline, now: fail'],
    ],
    [
      'a model with one worse and one better probe is worse',
      [probe('chat', { verdict: 'fail' }), json('pass')],
      before({ chat: ['pass', 500], json: ['fail', 500] }, 'fail'),
      ['worse', 'chat passed before, now: fail', 'json passes now, before: fail'],
    ],
    [
      'what is not asked this time is not compared',
      [chat(500), json('skipped'), probe('tools', { verdict: 'not_claimed' })],
      before({ chat: ['pass', 500], json: ['pass', 500], tools: ['pass', 500] }),
      ['same'],
    ],
  ])('%s', (_, probes, baseline, expected) => {
    expect(change(probes, baseline)).toEqual(expected);
  });

  it('a probe is slower only beyond the factor of --max-slowdown', () => {
    expect(change([chat(1500)], before({ chat: ['pass', 500] }))).toEqual(['same']);
    expect(change([chat(1501)], before({ chat: ['pass', 500] }))).toEqual([
      'worse',
      'chat took 1501 ms, before: 500 ms',
    ]);
  });

  it('a difference of 100 ms is noise for any factor', () => {
    expect(change([chat(110)], before({ chat: ['pass', 10] }))).toEqual(['same']);
    expect(change([chat(111)], before({ chat: ['pass', 10] }))[0]).toBe('worse');
  });

  it('a model that breaks a limit is worse, though every probe passes', () => {
    const slow = model('a', [chat(500)], { verdict: 'fail', reason: 'Took 500 ms' });
    expect(compare(slow, before({ chat: ['pass', 500] }), 3)).toMatchObject({
      change: 'worse',
      reasons: ['passed before, now: Took 500 ms'],
    });
    expect(compare(slow, before({ chat: ['pass', 500] }, 'fail'), 3).change).toBe('same');
  });

  it('a model that the baseline lacks is new, even with the name of an object method', () => {
    for (const name of ['b', 'constructor', '__proto__']) {
      expect(compare(passed(name), before({}), 3).change).toBe('new');
    }
  });
});

describe('a baseline', () => {
  it('holds the tested models, sorted by id', () => {
    const models = [
      model('b', [chat(700), json('fail'), probe('tools', { verdict: 'not_claimed' })]),
      passed('a'),
      failed('c', 'skipped', 'Not asked'),
    ];
    const written = baselineOf(reportOf(models));
    expect(Object.keys(written.models)).toEqual(['a', 'b']);
    expect(written.models.b).toEqual({
      verdict: 'fail',
      latency_ms: 700,
      probes: {
        chat: { verdict: 'pass', latency_ms: 700 },
        json: { verdict: 'fail', latency_ms: 812 },
      },
    });
  });

  it('keeps earlier results of models that were not tested again', () => {
    const earlier = baselineOf(reportOf([model('a', [chat(100), json('fail')]), passed('b')]));
    const { models } = baselineOf(reportOf([model('a', [chat(300)])]), earlier);
    expect(models.a?.probes).toEqual({
      chat: { verdict: 'pass', latency_ms: 300 },
      json: { verdict: 'fail', latency_ms: 812 },
    });
    expect(models.b).toEqual(earlier.models.b);
  });

  it('reads as it was written', () => {
    const written = baselineOf(reportOf([passed('a'), failed('b', 'denied', 'No')]));
    expect(parseBaseline(JSON.stringify(written), 'b.json')).toEqual(written);
    expect(compare(passed('a'), written, 3).change).toBe('same');
  });

  it.each([
    ['', /b\.json is not JSON/],
    ['{}', /b\.json is not a baseline of this program: version: expected 1/],
    ['{"version":2,"models":{}}', /version: expected 1/],
    ['{"version":1,"models":{"a":{"verdict":"great"}}}', /models\.a\.verdict: expected pass or/],
  ])('is not: %j', (text, message) => {
    expect(() => parseBaseline(text, 'b.json')).toThrow(UsageError);
    expect(() => parseBaseline(text, 'b.json')).toThrow(message);
  });
});
