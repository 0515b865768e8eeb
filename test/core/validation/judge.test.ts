import { describe, expect, it } from 'vitest';
import type { Baseline } from '../../../src/core/validation/baseline.ts';
import type { ModelReport, StopCause, Verdict } from '../../../src/core/validation/report.ts';
import { failed, judged, model, passed, probe } from '../../helpers/validation-report.ts';

function baseline(verdict: Verdict, latency_ms = 800): Baseline {
  const result = { verdict, latency_ms };
  return { version: 1, models: { a: { ...result, probes: { chat: result } } } };
}

const outcome = (result: ModelReport, standards: Parameters<typeof judged>[1] = {}) => {
  const { models, summary } = judged([result], standards);
  return [models[0]?.outcome, models[0]?.excuse, summary.required_failed];
};

const known = (until: string) => ({
  known_failures: [{ model: 'a', reason: 'Ticket 7', until }],
  today: '2027-01-15',
});

describe('without a baseline', () => {
  it.each<[string, ModelReport, unknown[]]>([
    ['a model that passes is passed', passed('a'), ['passed', undefined, 0]],
    [
      'a required model that fails is failed',
      failed('a', 'timeout', 'Slow'),
      ['failed', undefined, 1],
    ],
    [
      'an optional model that fails is excused',
      failed('a', 'fail', 'No', false),
      ['excused', 'optional', 0],
    ],
    [
      'a model that was not tested is skipped',
      failed('a', 'skipped', 'No'),
      ['skipped', undefined, 0],
    ],
    [
      'an optional model without a claimed probe is skipped',
      failed('a', 'not_claimed', 'No', false),
      ['skipped', undefined, 0],
    ],
    [
      'a required model without a claimed probe is failed',
      failed('a', 'not_asked', 'No'),
      ['failed', undefined, 1],
    ],
  ])('%s', (_, result, expected) => {
    expect(outcome(result)).toEqual(expected);
  });
});

describe('a warning', () => {
  const warned = model('a', [probe('chat', { verdict: 'warn', reason: 'Odd' })]);

  it('fails the run only with --strict', () => {
    expect(outcome(warned)).toEqual(['passed', undefined, 0]);
    expect(outcome(warned, { strict: true })).toEqual(['failed', undefined, 1]);
  });

  it('with --strict fails the run that is compared with a baseline, unless it is in there', () => {
    const strict = true;
    expect(outcome(warned, { strict, baseline: baseline('pass') })[0]).toBe('failed');
    expect(outcome(warned, { strict, baseline: baseline('warn') })[0]).toBe('excused');
  });
});

describe('a required model that was not tested', () => {
  const found = (stopped_by: StopCause, required = true) => {
    const { models, summary } = judged([failed('a', 'skipped', 'x', required)], {}, { stopped_by });
    return [models[0]?.outcome, summary.required_failed, summary.required_skipped];
  };

  it('fails the run that ran out of time or tokens', () => {
    expect(found('deadline')).toEqual(['failed', 0, 1]);
    expect(found('tokens')).toEqual(['failed', 0, 1]);
    expect(found('deadline', false)).toEqual(['skipped', 0, 0]);
  });

  it('is skipped when a signal or --fail-fast ended the run', () => {
    expect(found('signal')).toEqual(['skipped', 0, 1]);
    expect(found('fail_fast')).toEqual(['skipped', 0, 1]);
  });
});

describe('compared with a baseline', () => {
  it('a model that failed before is excused', () => {
    const excused = ['excused', 'no worse than the baseline', 0];
    expect(outcome(failed('a', 'fail', 'No'), { baseline: baseline('fail') })).toEqual(excused);
    expect(outcome(failed('a', 'error', 'No'), { baseline: baseline('fail') })).toEqual(excused);
  });

  it('a model that passed before and fails now fails the run', () => {
    const found = outcome(failed('a', 'fail', 'No'), { baseline: baseline('pass') });
    expect(found).toEqual(['failed', undefined, 1]);
  });

  it('a required model that takes too long fails the run', () => {
    const standards = (max_slowdown: number, min_slowdown: number) => ({
      baseline: baseline('pass', 200),
      slowdown: { max_slowdown, min_slowdown },
    });
    expect(outcome(passed('a'), standards(4, 600))).toEqual(['failed', undefined, 1]);
    expect(outcome(passed('a'), standards(4.1, 600))[0]).toBe('passed');
    expect(outcome(passed('a'), standards(4, 612))[0]).toBe('passed');
  });

  it('an optional model that takes too long does not fail the run', () => {
    const found = outcome(passed('a', false), { baseline: baseline('pass', 200) });
    expect(found).toEqual(['excused', 'optional', 0]);
  });

  it('a model that the baseline lacks counts as without a baseline', () => {
    const standards = { baseline: { version: 1, models: {} } as const };
    expect(outcome(failed('a', 'fail', 'No'), standards)[0]).toBe('failed');
    expect(outcome(passed('a'), standards)[0]).toBe('passed');
  });
});

describe('a known failure', () => {
  it('is excused through its last day and counts from the next day', () => {
    const result = failed('a', 'fail', 'No');
    const excused = ['excused', 'known until 2027-01-15: Ticket 7', 0];
    expect(outcome(result, known('2027-01-15'))).toEqual(excused);
    expect(outcome(result, known('2027-01-14'))).toEqual(['failed', undefined, 1]);
    const { models } = judged([result], known('2027-01-14'));
    expect(models[0]?.known_failure).toMatchObject({ until: '2027-01-14', expired: true });
  });

  it('excuses a warning with --strict', () => {
    const warned = model('a', [probe('chat', { verdict: 'warn', reason: 'Odd' })]);
    const strict = { ...known('2027-01-15'), strict: true };
    expect(outcome(warned, strict)).toEqual(['excused', 'known until 2027-01-15: Ticket 7', 0]);
  });

  it('does not appear for a model that passes', () => {
    const { models } = judged([passed('a')], known('2027-12-31'));
    expect(models[0]?.known_failure).toBeUndefined();
  });

  it('does not excuse a model that got slower', () => {
    const standards = { ...known('2027-12-31'), baseline: baseline('pass', 200) };
    expect(outcome(passed('a'), standards)[0]).toBe('failed');
  });
});

it('the summary counts as required_failed only models that fail the run', () => {
  const models = [
    failed('a', 'fail', 'No'),
    failed('b', 'fail', 'No'),
    failed('c', 'fail', 'No', false),
    model('d', [probe('chat')]),
  ];
  const { summary } = judged(models, known('2027-12-31'));
  expect(summary).toMatchObject({ total: 4, passed: 1, failed: 3, required_failed: 1 });
});
