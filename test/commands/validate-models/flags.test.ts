import { link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { type ReportFlags, reportOptions } from '../../../src/commands/validate-models/flags.ts';
import {
  refuseConflicts,
  requestedReports,
} from '../../../src/commands/validate-models/publish.ts';
import { UsageError } from '../../../src/core/errors.ts';
import { temporaryFolder } from '../../helpers/real-world.ts';

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
  ])('the flags %j are refused', (args, message) => {
    expect(() => flags(...args)).toThrow(UsageError);
    expect(() => flags(...args)).toThrow(message);
  });
});

describe('the files of the reports', async () => {
  const folder = await temporaryFolder();
  afterAll(() => folder[Symbol.asyncDispose]());
  const at = (name: string) => join(folder.path, name);
  await mkdir(at('real'));
  await Promise.all(['real/file', 'baseline', 'known'].map((name) => writeFile(at(name), '')));
  await link(at('baseline'), at('hard-link'));
  await symlink(at('baseline'), at('soft-link'));
  await symlink('real', at('folder-link'));
  await symlink(at('real/new'), at('link-to-nothing'));
  const inputs = [{ by: '--file', path: at('real/file') }];

  const check = (words: string, summary?: string) => {
    const args = words.split(' ').map((word) => word.replace('@', `${folder.path}/`));
    const given = flags(...args);
    return refuseConflicts(requestedReports(given), given, inputs, summary);
  };

  it.each([
    ['--report json --report tap', 'Two reports would go to stdout'],
    ['--json --report github', 'Two reports would go to stdout'],
    ['--report tap=@a --report html=@a', 'Two reports would go to'],
    ['--report tap=@a --report html=@./real/../a', 'Two reports would go to'],
    ['--report tap=@real/new --report html=@link-to-nothing', 'Two reports would go to'],
    ['--report tap=@real/new --report html=@folder-link/new', 'Two reports would go to'],
    ['--report json=@baseline --baseline @baseline', '--report json would overwrite'],
    ['--report json=@hard-link --baseline @baseline', 'the file that --baseline reads'],
    ['--report tap=@soft-link --baseline @baseline', 'the file that --baseline reads'],
    ['--report tap=@known --known-failures @known', 'the file that --known-failures reads'],
    ['--report tap=@folder-link/file', 'the file that --file reads'],
    ['--baseline @new --update-baseline --report tap=@new', 'the file that --baseline reads'],
    ['--baseline @folder-link/file --update-baseline', '--baseline would overwrite'],
    ['--baseline @known --update-baseline --known-failures @known', '--baseline would overwrite'],
  ])('%s are refused', async (words, message) => {
    await expect(check(words)).rejects.toThrow(UsageError);
    await expect(check(words)).rejects.toThrow(message);
  });

  it("are refused when the job's summary is one of them", async () => {
    const words = '--report github --baseline @baseline';
    await expect(check(words, at('soft-link'))).rejects.toThrow('GITHUB_STEP_SUMMARY');
    await expect(check('--baseline @baseline', at('soft-link'))).resolves.toBeUndefined();
  });

  it.each([
    '--report tap=@a --report html=@b --baseline @baseline --known-failures @known',
    '--baseline @baseline --update-baseline --report tap=@a',
    '--baseline @known --known-failures @known',
    '--baseline /dev/null --report tap=/dev/null',
  ])('%s are not refused', async (words) => {
    await expect(check(words)).resolves.toBeUndefined();
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
