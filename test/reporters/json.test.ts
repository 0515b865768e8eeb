import { expect, it } from 'vitest';
import { validationJson } from '../../src/reporters/json.ts';
import { failed, passed, reportOf } from '../helpers/validation-report.ts';

it('is one versioned document in which what is not known is null', () => {
  const report = reportOf([passed('a'), failed('b', 'unavailable', 'There is no b', false)]);
  expect(JSON.parse(validationJson(report))).toEqual({
    version: 1,
    endpoint: 'http://127.0.0.1/v1',
    started_at: '2027-01-15T08:00:00.000Z',
    duration_ms: 1500,
    interrupted: false,
    models: [
      {
        model: 'a',
        required: true,
        verdict: 'pass',
        reason: null,
        latency_ms: 812,
        first_token_ms: 301,
        probes: [
          { probe: 'chat', verdict: 'pass', reason: null, latency_ms: 812, first_token_ms: 301 },
        ],
      },
      {
        model: 'b',
        required: false,
        verdict: 'unavailable',
        reason: 'There is no b',
        latency_ms: 31,
        first_token_ms: null,
        probes: [
          {
            probe: 'chat',
            verdict: 'unavailable',
            reason: 'There is no b',
            latency_ms: 31,
            first_token_ms: null,
          },
        ],
      },
    ],
    summary: { total: 2, passed: 1, failed: 1, required_failed: 0, skipped: 0 },
  });
});

it('ends with a newline, is harmless on a terminal and still holds the words of the server', () => {
  const text = validationJson(reportOf([failed('b', 'error', 'red \u009b31malert\nagain')]));
  expect(text.endsWith('}\n')).toBe(true);
  expect(text).not.toContain('\u009b');
  expect(JSON.parse(text)).toMatchObject({ models: [{ reason: 'red \u009b31malert\nagain' }] });
});
