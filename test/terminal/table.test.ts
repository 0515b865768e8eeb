import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { fold, layOut, loadTableFormat, type Table } from '../../src/terminal/table.ts';
import type { OutputStream } from '../../src/terminal/terminal.ts';
import type { Tone } from '../../src/terminal/style.ts';

const plain = (text: string) => text;
const lines = (table: Table, width: number) =>
  layOut(table, width, stringWidth, plain).split('\n').slice(0, -1);

const models: Table = {
  titles: ['MODEL', 'VERDICT', 'REASON'],
  rows: [
    [{ text: 'qwen3-coder-plus' }, { text: 'pass', glyph: '✓', tone: 'good' }, { text: '' }],
    [
      { text: 'qwen-vl-plus' },
      { text: 'unavailable', glyph: '✗', tone: 'bad' },
      { text: 'The model does not exist or you do not have access to it' },
    ],
  ],
};

describe('a table on a terminal', () => {
  it('aligns columns under their titles', () => {
    expect(lines(models, 100)).toEqual([
      'MODEL             VERDICT        REASON',
      'qwen3-coder-plus  ✓ pass',
      'qwen-vl-plus      ✗ unavailable  The model does not exist or you do not have access to it',
    ]);
  });

  it('folds the last column to the width', () => {
    expect(lines(models, 64)).toEqual([
      'MODEL             VERDICT        REASON',
      'qwen3-coder-plus  ✓ pass',
      'qwen-vl-plus      ✗ unavailable  The model does not exist or you',
      '                                 do not have access to it',
    ]);
  });

  it('shows each row as a block in 40 columns', () => {
    expect(lines(models, 40)).toEqual([
      'qwen3-coder-plus',
      '  ✓ pass',
      'qwen-vl-plus',
      '  ✗ unavailable',
      '  The model does not exist or you do not',
      '  have access to it',
    ]);
  });

  const long = 'accounts/somebody/models/of-a-long-name';

  it('gives a first cell that has no room in its column a line of its own', () => {
    const rows = [[{ text: long }, { text: 'denied' }, { text: '' }], ...models.rows];
    expect(lines({ ...models, rows }, 60)).toEqual([
      'MODEL             VERDICT        REASON',
      long,
      '                  denied',
      'qwen3-coder-plus  ✓ pass',
      'qwen-vl-plus      ✗ unavailable  The model does not exist or',
      '                                 you do not have access to',
      '                                 it',
    ]);
  });

  it.each([
    ['has no room', models, 40],
    [
      'has room for a few of the first cells only',
      { ...models, rows: [[{ text: long }, { text: '' }, { text: '' }], ...models.rows] },
      60,
    ],
  ])('is the narrower one where it %s', (_, table, width) => {
    const narrower = { titles: ['ID', 'N'], rows: [[{ text: 'a' }, { text: '1' }]] };
    expect(lines({ ...table, narrower }, width)).toEqual(['ID  N', 'a   1']);
    expect(lines({ ...table, narrower }, 120)[0]).toMatch(/^MODEL/);
  });

  it('has the heading of a group of rows in place of the first title', () => {
    const headings = ['GOOD ONES', 'BAD ONES'];
    expect(lines({ ...models, headings }, 100)).toEqual([
      'GOOD ONES         VERDICT        REASON',
      'qwen3-coder-plus  ✓ pass',
      '',
      'BAD ONES          VERDICT        REASON',
      'qwen-vl-plus      ✗ unavailable  The model does not exist or you do not have access to it',
    ]);
    expect(lines({ ...models, headings }, 40).slice(0, 5)).toEqual([
      'GOOD ONES',
      'qwen3-coder-plus',
      '  ✓ pass',
      '',
      'BAD ONES',
    ]);
  });

  it('leaves out a last column that is empty', () => {
    expect(lines({ ...models, rows: models.rows.slice(0, 1) }, 100)).toEqual([
      'MODEL             VERDICT',
      'qwen3-coder-plus  ✓ pass',
    ]);
  });

  it('counts wide characters as two columns', () => {
    const rows = [
      [{ text: '通义千问' }, { text: 'a' }],
      [{ text: 'qwen' }, { text: 'b' }],
    ];
    expect(lines({ titles: ['M', 'N'], rows }, 80)).toEqual([
      'M         N',
      '通义千问  a',
      'qwen      b',
    ]);
  });

  it('keeps a text from outside within its cell', () => {
    const rows = [[{ text: 'a\u001b]0;owned\u0007b' }, { text: 'one\r\ntwo\u001b[2J\tthree' }]];
    expect(lines({ titles: ['M', 'N'], rows }, 80)).toEqual(['M   N', 'ab  one two three']);
  });

  it('has no line that is wider than the terminal', () => {
    const cell = fc.record({ text: fc.string({ unit: 'binary', maxLength: 60 }) });
    const rows = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 20, max: 120 }), (filled, width) => {
        for (const line of lines({ titles: ['ONE', 'TWO', 'THREE'], rows: filled }, width)) {
          expect(stringWidth(line)).toBeLessThanOrEqual(width);
        }
      }),
    );
  });

  it('colors the text of a cell and not its padding', () => {
    const paint = (text: string, tone: Tone | undefined) => (tone ? `<${tone}>${text}</>` : text);
    const shown = layOut({ ...models, rows: models.rows.slice(1) }, 100, stringWidth, paint);
    expect(shown.split('\n')[1]).toMatch(/^qwen-vl-plus {2}<bad>✗ unavailable<\/> {2}The/);
  });
});

describe('the table format of a stream', () => {
  const stdoutOf = (isTTY: boolean): OutputStream =>
    Object.assign(new PassThrough(), { isTTY, columns: 100 });
  const format = async (isTTY: boolean, env: Record<string, string>, sanitize = false) => {
    const render = await loadTableFormat({ stdout: stdoutOf(isTTY), env }, { sanitize });
    return render(models);
  };

  it('is one line per row with tabs between the cells in a pipe', async () => {
    expect(await format(false, { TERM: 'xterm-256color' })).toBe(
      'qwen3-coder-plus\tpass\t\n' +
        'qwen-vl-plus\tunavailable\tThe model does not exist or you do not have access to it\n',
    );
  });

  it('keeps each row on one line and each cell in its column in a pipe', async () => {
    const render = await loadTableFormat({ stdout: stdoutOf(false), env: {} });
    const rows = [[{ text: 'a\tb\n' }, { text: ' c\r\nd \u001b[1m' }]];
    expect(render({ titles: ['M', 'N'], rows })).toBe('a b\tc d \u001b[1m\n');
  });

  it('is sanitized in a pipe on request', async () => {
    const render = await loadTableFormat({ stdout: stdoutOf(false), env: {} }, { sanitize: true });
    expect(render({ titles: ['M'], rows: [[{ text: 'a\u001b[1mb' }]] })).toBe('ab\n');
  });

  it('has titles on a terminal, and colors as the environment says', async () => {
    const green = '\u001b[32m✓ pass\u001b[39m';
    expect(await format(true, { TERM: 'xterm' })).toContain(green);
    expect(await format(true, { TERM: 'xterm', NO_COLOR: '' })).not.toContain('\u001b');
    expect(await format(true, { TERM: 'dumb' })).toContain('MODEL             VERDICT');
    expect(await format(false, { FORCE_COLOR: '1' })).toContain('\u001b[32mpass\u001b[39m');
  });
});

describe('folding a text', () => {
  it.each<[text: string, width: number, most: number, lines: string[]]>([
    ['', 10, 3, ['']],
    ['short', 10, 3, ['short']],
    ['exactly 10', 10, 1, ['exactly 10']],
    ['breaks between words', 10, 3, ['breaks', 'between', 'words']],
    ['takes what fits here', 10, 3, ['takes what', 'fits here']],
    ['donaudampfschiff', 10, 3, ['donaudampf', 'schiff']],
    ['cut in one line', 10, 1, ['cut in on…']],
    ['one two three four five', 9, 2, ['one two', 'three fo…']],
    ['模型不存在或没有权限', 10, 1, ['模型不存…']],
    ['模型不存在或没有权限', 10, 2, ['模型不存在', '或没有权限']],
    ['👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧', 4, 2, ['👨‍👩‍👧👨‍👩‍👧', '👨‍👩‍👧']],
    ['éééé', 3, 1, ['éé…']],
    ['千问', 2, 1, ['…']],
    ['ab 千问', 1, 4, ['a', 'b', '千', '…']],
    ['abcdef', 0, 3, ['a', 'b', '…']],
    ['abcdef', -1, 3, ['a', 'b', '…']],
  ])('folds %j to %i columns and %i lines', (text, width, most, lines) => {
    expect(fold(text, width, most, stringWidth)).toEqual(lines);
  });

  it('never exceeds the width and the number of lines, and loses only spaces', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 80 });
    const width = fc.integer({ min: 3, max: 30 });
    const most = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(text, width, most, (whole, columns, limit) => {
        const lines = fold(whole, columns, limit, stringWidth);
        expect(lines.length).toBeLessThanOrEqual(limit);
        expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
        const bare = (string: string) => string.replaceAll(/\s/g, '');
        const shown = bare(lines.join(''));
        if (!shown.endsWith('…')) expect(shown).toBe(bare(whole));
      }),
    );
  });
});
