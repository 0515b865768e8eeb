import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import {
  type Baseline,
  baselineOf,
  compare,
  DEFAULT_SLOWDOWN,
  parseBaseline,
} from '../../../src/core/validation/baseline.ts';
import type { ProbeReport, StopCause, Verdict } from '../../../src/core/validation/report.ts';
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

const change = (probes: ProbeReport[], baseline: Baseline, slowdown = DEFAULT_SLOWDOWN) => {
  const found = compare(model('a', probes), baseline, slowdown);
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

  it.each<[string, number, number, string]>([
    ['by the factor of --max-slowdown exactly', 500, 1500, 'same'],
    ['by more than the factor', 500, 1501, 'worse'],
    ['by the factor, and by less than --min-slowdown', 5, 132, 'same'],
    ['by the factor, and by --min-slowdown exactly', 10, 510, 'same'],
    ['by more than both', 10, 511, 'worse'],
    ['by more than --min-slowdown, but not by the factor', 10_000, 11_000, 'same'],
  ])('a probe that is slower %s', (_, earlier, now, expected) => {
    expect(change([chat(now)], before({ chat: ['pass', earlier] }))[0]).toBe(expected);
  });

  it('says the latencies of a slower probe, and whether they are medians', () => {
    const baseline = before({ chat: ['pass', 500] });
    expect(change([chat(1501)], baseline)[1]).toBe('chat took 1501 ms, before: 500 ms');
    const spread = undefined;
    const measured = { latency_ms: spread, first_token_ms: spread, tokens_per_second: spread };
    const repeats = { count: 5, passed: 5, ...measured };
    expect(change([probe('chat', { latency_ms: 1501, repeats })], baseline)[1]).toBe(
      'chat took 1501 ms (median of 5), before: 500 ms',
    );
  });

  it('a model that breaks a limit is worse, though every probe passes', () => {
    const slow = model('a', [chat(500)], { verdict: 'fail', reason: 'Took 500 ms' });
    expect(compare(slow, before({ chat: ['pass', 500] }), DEFAULT_SLOWDOWN)).toMatchObject({
      change: 'worse',
      reasons: ['passed before, now: Took 500 ms'],
    });
    expect(compare(slow, before({ chat: ['pass', 500] }, 'fail'), DEFAULT_SLOWDOWN).change).toBe(
      'same',
    );
  });

  it('a model that the baseline lacks is new, even with the name of an object method', () => {
    for (const name of ['b', 'constructor', '__proto__']) {
      expect(compare(passed(name), before({}), DEFAULT_SLOWDOWN).change).toBe('new');
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

  it('keeps what a run that ended early did not test', () => {
    const earlier = baselineOf(
      reportOf([model('a', [chat(100), json('pass')]), model('b', [chat(200)])]),
    );
    const cut = probe('json', { verdict: 'timeout' });
    const report = (stopped_by?: StopCause) =>
      reportOf([model('a', [chat(300), cut]), failed('b', 'skipped', 'Interrupted')], {
        stopped_by,
      });
    const { models } = baselineOf(report('deadline'), earlier);
    expect(models.a).toMatchObject({
      verdict: 'pass',
      probes: { chat: { latency_ms: 300 }, json: { verdict: 'pass' } },
    });
    expect(models.b).toEqual(earlier.models.b);
    expect(baselineOf(report(), earlier).models.a?.verdict).toBe('timeout');
  });

  it('has for a model the verdict of all its probes, also of those that were not repeated', () => {
    const earlier = baselineOf(reportOf([model('a', [chat(100), json('fail')])]));
    expect(baselineOf(reportOf([model('a', [chat(300)])]), earlier).models.a?.verdict).toBe('fail');
  });

  const answered = (...served: [string | undefined, string?][]) =>
    model('a', [chat(100)], {
      served: served.map(([model, system_fingerprint]) => ({ model, system_fingerprint })),
    });

  it.each<[string, ReturnType<typeof answered>, ReturnType<typeof answered>, string | undefined]>([
    ['the same', answered(['a', 'fp_1']), answered(['a', 'fp_1']), undefined],
    [
      'another model',
      answered(['a-2025-07-22', 'fp_1']),
      answered(['a-2025-09-23', 'fp_1']),
      'a-2025-09-23 answers, before: a-2025-07-22',
    ],
    [
      'another build',
      answered(['a', 'fp_1'], ['a', 'fp_2']),
      answered(['a', 'fp_3']),
      'The build fp_3 answers, before: fp_1, fp_2',
    ],
    [
      'one of several builds',
      answered(['a', 'fp_1'], ['a', 'fp_2']),
      answered(['a', 'fp_2']),
      undefined,
    ],
    ['nothing it knew', answered(), answered(['a', 'fp_1']), undefined],
    ['no name any more', answered(['a', 'fp_1']), answered([undefined, 'fp_1']), undefined],
  ])('says how %s answers', (_, before, now, said) => {
    const written = parseBaseline(JSON.stringify(baselineOf(reportOf([before]))), 'b.json');
    const { change, served } = compare(now, written, DEFAULT_SLOWDOWN);
    expect([change, served]).toEqual(['same', said]);
    const silent = baselineOf(reportOf([answered()]), written);
    expect(silent.models.a?.served).toEqual(written.models.a?.served);
  });

  it('reads as it was written', () => {
    const written = baselineOf(reportOf([passed('a'), failed('b', 'denied', 'No')]));
    expect(parseBaseline(JSON.stringify(written), 'b.json')).toEqual(written);
    expect(compare(passed('a'), written, DEFAULT_SLOWDOWN).change).toBe('same');
  });

  it.each([
    ['', /b\.json is not JSON/],
    ['{}', /b\.json is not a baseline of this program: version: is missing; it must be 1/],
    ['{"version":2,"models":{}}', /version: must be 1/],
    [
      '{"version":1,"models":{"a":{"verdict":"great"}}}',
      /models\.a\.verdict: must be one of pass, /,
    ],
  ])('is not: %j', (text, message) => {
    expect(() => parseBaseline(text, 'b.json')).toThrow(UsageError);
    expect(() => parseBaseline(text, 'b.json')).toThrow(message);
  });
});
