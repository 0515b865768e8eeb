import { describe, expect, it } from 'vitest';
import { validationTap } from '../../src/reporters/tap.ts';
import { failed, judged, passed, variety } from '../helpers/validation-report.ts';

/** A reader of TAP 14 by its specification: the test points of one level, with their directives. */
function points(lines: string[], indent: string) {
  return lines.flatMap((line) => {
    const match = /^(not )?ok (\d+) - ((?:\\.|[^\\#])*?)(?: # (SKIP|TODO)\b ?(.*))?$/.exec(
      line.startsWith(indent) ? line.slice(indent.length) : '',
    );
    if (match === null) return [];
    const [, not, number, name = '', directive] = match;
    return [{ ok: not === undefined, number: Number(number), name, directive }];
  });
}

const read = (...models: Parameters<typeof judged>[0]) => validationTap(judged(models)).split('\n');

describe('the TAP report', () => {
  it('is version 14, with a plan and one test point for each model', () => {
    const lines = validationTap(variety()).split('\n');
    expect(lines.slice(0, 3)).toEqual(['TAP version 14', '# seed 1f2e3d4c', '1..6']);
    expect(points(lines, '')).toEqual([
      { ok: true, number: 1, name: 'qwen3-coder-plus', directive: undefined },
      { ok: false, number: 2, name: 'liar', directive: undefined },
      { ok: false, number: 3, name: 'qwen-vl-plus', directive: 'TODO' },
      { ok: false, number: 4, name: 'old-friend', directive: 'TODO' },
      { ok: false, number: 5, name: 'snail', directive: undefined },
      { ok: true, number: 6, name: 'nobody', directive: 'SKIP' },
    ]);
  });

  it('has one subtest for each model, with a plan that matches its points', () => {
    const text = validationTap(judged([passed('a'), failed('b', 'fail', 'No')]));
    expect(text).toBe(
      [
        'TAP version 14',
        '# seed 1f2e3d4c',
        '1..2',
        '    # Subtest: a',
        '    1..1',
        '    ok 1 - chat',
        'ok 1 - a',
        '    # Subtest: b',
        '    1..1',
        '    not ok 1 - chat',
        '      ---',
        '      verdict: "fail"',
        '      message: "fail: No"',
        '      duration_ms: 31',
        '      ...',
        'not ok 2 - b',
        '  ---',
        '  verdict: "fail"',
        '  message: "No"',
        '  duration_ms: 31',
        '  ...',
        '',
      ].join('\n'),
    );
  });

  it('escapes names that look like directives and keeps messages in one line', () => {
    const lines = read(failed('a # SKIP \\', 'fail', 'one\nok 2 - two\u001b[2J', false));
    expect(points(lines, '')).toEqual([
      { ok: false, number: 1, name: String.raw`a \# SKIP \\`, directive: 'TODO' },
    ]);
    expect(points(lines, '    ')).toHaveLength(1);
    expect(lines.join('')).not.toContain('\u001b');
  });
});
