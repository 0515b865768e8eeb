import { PassThrough } from 'node:stream';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { textWidth, wrapFor, wrapWords } from '../../src/terminal/wrap.ts';

const wrapped = (text: string, width: number) => wrapWords(text, width).split('\n');

describe('wrapping at words', () => {
  it.each<[title: string, text: string, width: number, lines: string[]]>([
    ['a short line stays', 'a b c', 5, ['a b c']],
    ['a long one breaks between words', 'one two three', 8, ['one two', 'three']],
    ['the indent goes on', '  one two three', 8, ['  one', '  two', '  three']],
    ['line breaks stay', 'one two\n\nthree', 5, ['one', 'two', '', 'three']],
    [
      'a word that is too long stays whole',
      'a donaudampfschiff b',
      8,
      ['a', 'donaudampfschiff', 'b'],
    ],
    ['wide characters count as two', '通义 千问 模型', 9, ['通义 千问', '模型']],
    [
      'Chinese without blanks breaks between characters, never before punctuation',
      '模型不存在，或没有权限。',
      10,
      ['模型不存', '在，或没有', '权限。'],
    ],
    [
      'a value goes on below itself',
      '  location  one two three four five six seven',
      34,
      ['  location  one two three four', '            five six seven'],
    ],
    [
      'a value goes below its name where there is no room beside it',
      '  location  one two three four',
      22,
      ['  location', '    one two three four'],
    ],
    [
      'a number stays with its unit',
      'good for 58 s and more',
      11,
      ['good for', '58 s and', 'more'],
    ],
    [
      'two blanks between sentences make no name',
      'This is a sentence that is rather long.  It goes on.',
      30,
      ['This is a sentence that is', 'rather long.  It goes on.'],
    ],
    ['the blank at the end of a question stays', 'The key please: ', 8, ['The key', 'please: ']],
  ])('keeps to its rule: %s', (_, text, width, lines) => {
    expect(wrapped(text, width)).toEqual(lines);
  });

  it.each<[title: string, whole: string, text: string]>([
    ['a path', '/home/me/.config/qwen-demo/oauth_creds.json', 'The login is at % now'],
    ['a path with blanks', '/tmp/Mein Ordner 你好 é/oauth_creds.json', 'It is at % and stays'],
    ['a file with blanks in its name', '~/My Files/my login.json', 'Cannot read %: not JSON'],
    ['a Windows path', 'C:\\Users\\An Na\\q.json', 'Cannot write % today'],
    ['a URL', 'https://chat.qwen.ai/authorize?user_code=ABCD-EFGH', 'Open % and sign in'],
    ['what stands in backticks', '`qwen-demo chat --new NAME`', 'Try it with %, or without'],
    [
      'the command at the end of a hint',
      'qwen-demo auth login --profile work --store file',
      'Sign in with the other account: %',
    ],
    ['a pipe into the program', 'echo hello | qwen-demo chat', 'Give one, or pipe it in: %'],
    ['a flag and its value at the end', '--credentials /a/b c/d.json', 'Use it where it is: %'],
    ['a command on a line of its own', 'qwen-demo auth login --with-api-key < k.txt', '  %'],
    ['a command in a column', 'qwen-demo auth --issuer URL', '  a login somewhere else     %'],
  ])('never breaks %s', (_, whole, text) => {
    for (const width of [1, 12, 20, 40])
      expect(wrapWords(text.replace('%', whole), width)).toContain(whole);
  });

  it('wraps the text after a command in the middle of a hint', () => {
    expect(wrapped('Go on with it: -c a. To begin anew: qwen-demo chat --delete a', 40)).toEqual([
      'Go on with it: -c a. To begin anew:',
      'qwen-demo chat --delete a',
    ]);
  });

  it('counts no columns for colors and links, and keeps a value beside a dimmed name', () => {
    const { dim, red } = new Chalk({ level: 1 });
    expect(wrapWords(`${red('error:')} ab cd`, 12)).toBe(`${red('error:')} ab cd`);
    const link = '\u001B]8;;https://example.com/\u001B\\here\u001B]8;;\u001B\\';
    expect(wrapWords(`Open ${link}`, 9)).toBe(`Open ${link}`);
    expect(wrapWords(`  ${dim('test     ')} one two three four five`, 32)).toBe(
      `  ${dim('test     ')} one two three four\n${' '.repeat(12)}five`,
    );
  });

  it('changes nothing in a pipe', () => {
    const pipe = new PassThrough();
    const text = 'one two three '.repeat(50);
    expect(wrapFor(pipe, text)).toBe(text);
    const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 40 });
    expect(wrapFor(terminal, text)).not.toBe(text);
  });

  const word = fc.oneof(
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
      .map((text) => text.replaceAll(/\s/g, '')),
    fc.constantFrom(
      '`a b c`',
      '/tmp/a b/c.json',
      'https://qwen.ai/x',
      '模型不存在',
      '你好，',
      'é',
      '-c',
      'a:',
    ),
  );
  const text = fc
    .tuple(
      fc.constantFrom('', ' ', '    '),
      fc.array(word, { maxLength: 30 }),
      fc.constantFrom(' ', '  '),
    )
    .map(([indent, words, gap]) => indent + words.join(' ').replace(' ', gap));

  it('loses and adds only spaces, and only a line that cannot be broken is too wide', () => {
    const bare = (whole: string) => whole.replaceAll(/ |\n/g, '');
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 90 }), (given, width) => {
        const lines = wrapped(given, width);
        expect(bare(lines.join(''))).toBe(bare(given));
        for (const line of lines.filter((each) => stringWidth(each) > width)) {
          expect(line).not.toMatch(/^ /);
          expect(wrapWords(line, width)).toBe(line);
        }
      }),
      { numRuns: 500, examples: [['`a  b c` ', 3]] },
    );
  });

  it('takes linear time', () => {
    const long = ['a: - `b ', '/a b ', '  x', '模型'].map((piece) => piece.repeat(20_000));
    const before = process.cpuUsage();
    for (const each of long) wrapWords(each, 40);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(5000);
  });
});

describe('the width of a text', () => {
  it.each([
    'plain',
    'é',
    '通义千问',
    'ｆｕｌｌ',
    '한국어',
    '“quoted” … · ✓ ✗',
    '👍',
    'e\u0301',
    '1️⃣',
    '\u200b',
    '⚠️',
  ])('of %j equals that of string-width', (text) => {
    expect(textWidth(text)).toBe(stringWidth(text));
  });

  it('is never less than that of string-width', () => {
    const any = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(any, (text) => {
        const shown = text.replaceAll(/[\u001B\u009B\u009D\u0090]/g, '');
        expect(textWidth(shown)).toBeGreaterThanOrEqual(stringWidth(shown));
      }),
      { numRuns: 2000 },
    );
  });
});
