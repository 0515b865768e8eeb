import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import {
  failed,
  jsonReport,
  judged,
  passed,
  reportOf,
  variety,
} from '../helpers/validation-report.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../schemas/validation-report.schema.json', import.meta.url), 'utf8'),
);

function validator(description: object) {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  formats.default(ajv);
  return ajv.compile(description);
}

/** The same with no room for a field that is not described. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, closed(each)]);
  const copy = Object.fromEntries(entries);
  return 'properties' in copy ? { ...copy, additionalProperties: false } : copy;
}

describe('the published schema', () => {
  it.each([
    ['every verdict and outcome', variety()],
    ['no model', judged([])],
    ['a run that was stopped', judged([passed('a')], {}, { stopped_by: 'deadline' })],
  ])('describes every field of a report: %s', (_, report) => {
    const validate = validator(closed(schema) as object);
    validate(JSON.parse(jsonReport(report)));
    expect(validate.errors).toBeNull();
  });

  it('allows additional fields and no missing one', () => {
    const validate = validator(schema);
    const report = JSON.parse(jsonReport(variety()));
    expect(validate({ ...report, later: true })).toBe(true);
    for (const key of Object.keys(report)) {
      expect(validate({ ...report, [key]: undefined }), key).toBe(false);
    }
    for (const key of Object.keys(report.models[0])) {
      const models = [{ ...report.models[0], [key]: undefined }];
      expect(validate({ ...report, models }), key).toBe(false);
    }
  });
});

describe('the JSON report', () => {
  it('is one versioned document in which unknown values are null', () => {
    const report = judged([passed('a'), failed('b', 'unavailable', 'There is no b', false)]);
    expect(JSON.parse(jsonReport(report))).toMatchObject({
      version: 1,
      endpoint: 'http://127.0.0.1/v1',
      started_at: '2027-01-15T08:00:00.000Z',
      stopped_by: null,
      models: [
        {
          model: 'a',
          verdict: 'pass',
          outcome: 'passed',
          reason: null,
          known_failure: null,
          baseline: null,
          probes: [{ probe: 'chat', reason: null, repeats: null }],
        },
        { model: 'b', outcome: 'excused', excuse: 'optional', first_token_ms: null },
      ],
      summary: { total: 2, passed: 1, failed: 1, required_failed: 0 },
    });
  });

  it('contains every value of the report', () => {
    const models = [passed('a')];
    const written = JSON.parse(jsonReport(judged(models)));
    const { started_at: _, ...rest } = JSON.parse(JSON.stringify(reportOf(models)));
    expect(written).toMatchObject(rest);
  });

  it('has a line for each of more than 100 models, and the same values in it', () => {
    const models = Array.from({ length: 101 }, (_, index) => failed(`$& ${index}`, 'fail', '$1'));
    const report = judged(models);
    const text = jsonReport(report);
    const few = JSON.parse(jsonReport({ ...report, models: report.models.slice(0, 9) }));
    const many = JSON.parse(text);
    expect({ ...many, models: many.models.slice(0, 9) }).toEqual(few);
    expect(many.models).toHaveLength(101);
    expect(text.match(/^\{"model":/gm)).toHaveLength(101);
  });

  it('ends with a newline, contains no raw control characters, and keeps the text of the server', () => {
    const text = jsonReport(judged([failed('b', 'error', 'red \u009b31malert\nagain')]));
    expect(text.endsWith('}\n')).toBe(true);
    expect(text).not.toContain('\u009b');
    expect(JSON.parse(text)).toMatchObject({ models: [{ reason: 'red \u009b31malert\nagain' }] });
  });
});
