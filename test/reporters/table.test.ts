import { describe, expect, it } from 'vitest';
import { duration } from '../../src/reporters/duration.ts';
import { resultLine, validationTable } from '../../src/reporters/table.ts';
import { failed, passed, reportOf } from '../helpers/validation-report.ts';

const cells = (...models: Parameters<typeof reportOf>[0]) =>
  validationTable(reportOf(models)).rows.map((row) => row.map(({ text }) => text));

describe('the table of a run', () => {
  it('has a row a model, in the order of the report', () => {
    const rows = cells(
      passed('a'),
      failed('b', 'unavailable', 'There is no b', false),
      failed('c', 'skipped', 'Not asked'),
    );
    expect(rows).toEqual([
      ['a', 'required', 'pass', '812 ms', ''],
      ['b', 'optional', 'unavailable', '31 ms', 'There is no b'],
      ['c', 'required', 'skipped', '', 'Not asked'],
    ]);
  });

  it('has for every verdict a sign and a tone beside the word', () => {
    const { rows } = validationTable(
      reportOf([
        passed('a'),
        failed('b', 'fail', 'No'),
        failed('c', 'denied', 'No', false),
        failed('d', 'skipped', 'Not asked'),
      ]),
    );
    expect(rows.map((row) => row[2])).toEqual([
      { text: 'pass', glyph: '✓', tone: 'good' },
      { text: 'fail', glyph: '✗', tone: 'bad' },
      { text: 'denied', glyph: '✗', tone: 'warning' },
      { text: 'skipped', glyph: '-', tone: 'quiet' },
    ]);
  });
});

describe('a finished model in a log', () => {
  it.each([
    [passed('a'), '✓ a: pass (required, 812 ms)'],
    [failed('b', 'denied', 'No', false), '✗ b: denied (optional, 31 ms): No'],
    [failed('b', 'error', 'one\n::error::two'), '✗ b: error (required, 31 ms): one ::error::two'],
  ])('is one line', (result, line) => {
    expect(resultLine(result)).toBe(line);
  });
});

it.each([
  [0, '0 ms'],
  [31.4, '31 ms'],
  [999, '999 ms'],
  [1000, '1.00 s'],
  [1236, '1.24 s'],
  [12_345, '12.3 s'],
  [60_000, '60.0 s'],
])('%d milliseconds read %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});
