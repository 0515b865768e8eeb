import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { type ReportFlags, reportOptions } from '../../../src/commands/validate-models/flags.ts';
import { requestedReports } from '../../../src/commands/validate-models/publish.ts';
import { UsageError } from '../../../src/core/errors.ts';

/** The flags of one command line. */
function flags(...args: string[]): ReportFlags {
  const command = reportOptions(new Command(), (path) => path).exitOverride();
  command.configureOutput({ writeErr: () => {} });
  return command.parse(args, { from: 'user' }).opts<ReportFlags>();
}

describe('--report', () => {
  it.each([
    [[], []],
    [['--report', 'json'], [['json', undefined]]],
    [['--json'], [['json', undefined]]],
    [['--report=junit=a=b.xml'], [['junit', 'a=b.xml']]],
    [
      ['--report', 'tap', '--report', 'html=r.html', '--report', 'junit=r.xml'],
      [
        ['tap', undefined],
        ['html', 'r.html'],
        ['junit', 'r.xml'],
      ],
    ],
    [
      ['--json', '--report', 'json=r.json'],
      [
        ['json', undefined],
        ['json', 'r.json'],
      ],
    ],
  ])('the flags %j request the reports %j', (args, wanted) => {
    expect(requestedReports(flags(...args)).map(({ format, file }) => [format, file])).toEqual(
      wanted,
    );
  });

  it.each([
    [['--report', 'xml'], '--report xml: there is no format "xml"'],
    [['--report', '=r.xml'], 'there is no format ""'],
    [['--report', 'junit='], '--report junit= names no file'],
    [['--report', 'junit= '], 'names no file'],
    [['--report', 'json', '--report', 'tap'], 'Two reports would go to stdout'],
    [['--json', '--report', 'github'], 'Two reports would go to stdout'],
    [['--report', 'tap=a', '--report', 'html=a'], 'Two reports would go to a'],
    [['--report', 'tap=a', '--report', 'html=./b/../a'], 'Two reports would go to ./b/../a'],
  ])('the flags %j are refused', (args, message) => {
    expect(() => requestedReports(flags(...args))).toThrow(UsageError);
    expect(() => requestedReports(flags(...args))).toThrow(message);
  });
});

describe('--max-slowdown', () => {
  it('--max-slowdown accepts a factor greater than 1', () => {
    expect(flags('--max-slowdown', '1.5').maxSlowdown).toBe(1.5);
  });

  it.each(['1', '0.5', '-2', 'twice', '', '2x', 'Infinity', '1e3'])(
    '--max-slowdown refuses %j',
    (text) => {
      expect(() => flags(`--max-slowdown=${text}`)).toThrow(UsageError);
    },
  );
});
