import { describe, expect, it } from 'vitest';
import { resultLine, validationTable } from '../../src/reporters/table.ts';
import { formatDuration, headline } from '../../src/reporters/verdict-text.ts';
import {
  failed,
  judged,
  model,
  passed,
  probe,
  type reportOf,
  variety,
} from '../helpers/validation-report.ts';

const cells = (...models: Parameters<typeof reportOf>[0]) =>
  validationTable(judged(models)).rows.map((row) => row.map(({ text }) => text));

describe('the table of a run', () => {
  it('has one row for each model, in the order of the report', () => {
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

  it('has a sign and a tone for every verdict', () => {
    const { rows } = validationTable(
      judged([
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

describe('the reason in the table', () => {
  const reasons = () => validationTable(variety()).rows.map((row) => row.at(-1)?.text);

  it('names every failed probe, its excuse and its slowdown', () => {
    expect(reasons()).toEqual([
      '',
      'json: The field "n" is missing in {"m": 1} · vision: image input is not supported ' +
        '[new: not in the baseline; known failure expired after 2027-01-01]',
      'There is no such model [new: not in the baseline]',
      'json: Not JSON [new: not in the baseline; known until 2027-02-01: Ticket 12]',
      '[chat took 9100 ms (median of 3), before: 900 ms]',
      'Not asked',
    ]);
  });

  it('is the broken limit when every probe passed', () => {
    const slow = model('a', [probe('chat'), probe('json')], { verdict: 'fail', reason: 'Slow' });
    expect(cells(slow)[0]?.at(-1)).toBe('Slow');
  });
});

describe('a slower or flaky pass', () => {
  const verdicts = () => validationTable(variety()).rows.map((row) => row[2]);

  it('has its own words, sign and tone', () => {
    expect(verdicts()[0]).toEqual({ text: 'pass (flaky)', glyph: '✓', tone: 'warning' });
    expect(verdicts()[4]).toEqual({ text: 'pass (slower)', glyph: '✗', tone: 'bad' });
  });

  it('is a warning, as an excused failure is', () => {
    expect(verdicts()[3]).toEqual({ text: 'fail', glyph: '✗', tone: 'warning' });
  });
});

it.each([
  [judged([passed('a')]), '1 of 1 models passed'],
  [judged([passed('a'), failed('b', 'fail', 'No', false)]), '1 of 2 models passed, 1 excused'],
  [judged([passed('a'), failed('b', 'fail', 'No')]), '1 of 2 required models failed'],
  [
    judged([passed('a'), failed('b', 'skipped', 'x')], {}, { interrupted: true }),
    '1 of 2 models passed, 1 required not fully tested, interrupted',
  ],
])('the headline sums up a run', (report, words) => {
  expect(headline(report)).toBe(words);
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
  expect(formatDuration(ms)).toBe(text);
});
