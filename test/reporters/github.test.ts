import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { githubAnnotations, suspendCommands } from '../../src/reporters/github.ts';
import { sanitize } from '../../src/terminal/sanitize.ts';
import { failed, judged, model, passed, probe, variety } from '../helpers/validation-report.ts';

/** As actions/runner reads a line of the log: ActionCommand.TryParseV2 and its two unescapes. */
function parse(line: string) {
  // `s`, because the runner does not end a line at U+2028 or U+2029.
  const match = /^::([^\s:]+)(?: (.*?))?::(.*)$/s.exec(line);
  if (match === null) return undefined;
  const [, command, list = '', data = ''] = match;
  const unescape = (text: string) =>
    text
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
  const properties = list.split(',').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), unescape(pair.slice(at + 1))];
  });
  return { command, properties: Object.fromEntries(properties), data: unescape(data) };
}

describe('annotations for GitHub', () => {
  it('are errors for models that fail the run and warnings for excused failures, flaky passes and skipped models', () => {
    const lines = githubAnnotations(variety()).trim().split('\n').map(parse);
    expect(lines.map((line) => [line?.command, line?.properties.title])).toEqual([
      ['error', 'liar: fail (required)'],
      ['error', 'snail: pass (slower) (required)'],
      ['warning', 'qwen-vl-plus: unavailable (optional)'],
      ['warning', 'old-friend: fail (required)'],
      ['warning', 'nobody: skipped (required)'],
      ['warning', 'qwen3-coder-plus: pass (flaky) (required)'],
    ]);
  });

  it('are not written for a plain pass', () => {
    expect(githubAnnotations(judged([passed('a')]))).toBe('');
  });

  it('are at most 10 of a kind: the worst first, and the last one counts and names the rest', () => {
    const wrong = Array.from({ length: 12 }, (_, index) => failed(`wrong-${index}`, 'fail', 'No'));
    const flaky = (name: string) => model(name, [probe('chat', { flaky: true })]);
    const some = Array.from({ length: 10 }, (_, index) => flaky(`flaky-${index}`));
    const report = judged([...some, ...wrong, failed('absent', 'unavailable', 'Not there')]);
    const lines = githubAnnotations(report).trim().split('\n').map(parse);
    const kinds = lines.map((line) => line?.command);
    expect(kinds).toEqual([...Array(10).fill('error'), ...Array(10).fill('warning')]);
    expect(lines[0]?.properties.title).toBe('absent: unavailable (required)');
    expect(lines[9]).toMatchObject({
      properties: { title: '4 more models with errors' },
      data: expect.stringContaining('wrong-8, wrong-9, wrong-10, wrong-11'),
    });
    expect(lines[19]?.properties.title).toBe('flaky-9: pass (flaky) (required)');
  });

  it('hold at most 4096 characters, and no half of one', () => {
    const [line = ''] = githubAnnotations(judged([failed('a', 'fail', '😀'.repeat(4096))])).split(
      '\n',
    );
    const data = parse(line)?.data ?? '';
    expect(data).toBe(`${'😀'.repeat(2047)}…`);
  });

  it('take one line each and keep names and messages intact', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((each) => /\S/.test(each));
    fc.assert(
      fc.property(text, text, (name, words) => {
        const written = githubAnnotations(judged([failed(name, 'fail', words)]));
        const [line = '', ...rest] = written.split('\n');
        expect(rest).toEqual(['']);
        expect(parse(line)).toEqual({
          command: 'error',
          properties: { title: sanitize(`${name}: fail (required)`) },
          data: sanitize(words.replaceAll(/\s+/g, ' ').trim()) || 'fail',
        });
      }),
      { examples: [['\u2028!', '!']] },
    );
  });

  it('cannot be forged by the message of a server', () => {
    const words = 'sorry\n::add-mask::secret\r\n::error title=a,b::%0A::warning::';
    const written = githubAnnotations(judged([failed('a::b,c=%', 'fail', words)]));
    expect(written.trim().split('\n')).toHaveLength(1);
    expect(parse(written.trim())).toMatchObject({
      command: 'error',
      properties: { title: 'a::b,c=%: fail (required)' },
      data: words.replaceAll(/\s+/g, ' '),
    });
  });
});

it('the runner obeys no command in a table, which stop-commands lines enclose', () => {
  expect(suspendCommands('::error::no\n', 'token')).toBe(
    '::stop-commands::token\n::error::no\n::token::\n',
  );
});
