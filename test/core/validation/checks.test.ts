import { describe, expect, it } from 'vitest';
import { createChecks, mergeChecks, worstOf } from '../../../src/core/validation/checks.ts';

describe('the checks of a probe', () => {
  it('count how often each was made and passed, and keep the reason of the first worst time', () => {
    const checks = createChecks();
    checks.pass('a/one');
    checks.warn('a/two', 'odd');
    checks.fail('a/one', 'first');
    checks.fail('a/one', 'second');
    checks.judge('a/two', undefined);
    checks.unsupported('a/three', 'cannot');
    expect(checks.reports()).toEqual([
      { check: 'a/one', verdict: 'fail', reason: 'first', count: 3, passed: 1 },
      { check: 'a/two', verdict: 'warn', reason: 'odd', count: 2, passed: 1 },
      { check: 'a/three', verdict: 'unsupported', reason: 'cannot', count: 1, passed: 0 },
    ]);
  });

  it('merge without changing the reports that they come from', () => {
    const { reports, pass } = createChecks();
    pass('a/one');
    const made = reports();
    expect(mergeChecks([...made, ...made])).toMatchObject([{ count: 2, passed: 2 }]);
    expect(made).toMatchObject([{ count: 1 }]);
  });

  it.each([
    [[], 'pass'],
    [['pass', 'warn'], 'warn'],
    [['warn', 'unsupported', 'pass'], 'unsupported'],
    [['unsupported', 'fail', 'warn'], 'fail'],
  ] as const)('that found %j are %s together', (found, verdict) => {
    const made = found.map((each, index) => ({
      check: `a/${index}`,
      verdict: each,
      reason: each,
      count: 1,
      passed: 0,
    }));
    expect(worstOf(made)).toEqual({ verdict, reason: verdict === 'pass' ? undefined : verdict });
  });
});
