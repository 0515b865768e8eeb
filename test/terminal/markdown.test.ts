import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadMarkdown } from '../../src/terminal/markdown/stream.ts';

/** The lines that a text becomes on a terminal without colours. */
async function laidOut(text: string | string[], columns = 40): Promise<string> {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns });
  const markdown = await loadMarkdown(stream, { NO_COLOR: '' });
  const pieces = [text].flat();
  return pieces.map((piece) => markdown.write(piece)).join('') + markdown.end();
}

describe('a block that is too long to be laid out', () => {
  const ROWS = Array.from({ length: 3000 }, (_, row) => `| ${row} | b |`);
  const TABLE = ['| a | b |', '|---|---|', ...ROWS].join('\n');

  it.each([
    ['a paragraph', `${TABLE}\n\nword`, `${TABLE}\n\nword\n`],
    ['a list', `${TABLE}\n\n- word`, `${TABLE}\n\n• word\n`],
    ['code', `${TABLE}\n\`\`\`\nword\n\`\`\``, `${TABLE}\n\n  word\n`],
    ['a table', `${TABLE}\n\n|a|\n|-|\n|1|`, `${TABLE}\n\na\n─\n1\n`],
    ['nothing', TABLE, `${TABLE}\n`],
  ])('is shown as it is, before %s', async (_, text, shown) => {
    expect((await laidOut(text)).replaceAll(/ +$/gm, '')).toBe(shown);
    expect(await laidOut(text.split(/(?<=\n)/))).toBe(await laidOut(text));
  });

  it('is shown as it comes', async () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 40 });
    const markdown = await loadMarkdown(stream, { NO_COLOR: '' });
    markdown.write(TABLE);
    expect(markdown.write('\n| word | b |\n')).toBe('| 2999 | b |\n| word | b |\n');
  });
});

/** Microseconds. Each text takes less than 0.5 s; without the cap of a block some take minutes. */
const MOST_CPU_TIME = 3_000_000;

describe('Markdown', () => {
  it.each([
    ['a paragraph that is filled up', 'a\nb\nc', 'a b c'],
    ['a hard line break', 'a  \nb<br>c', 'a\nb\nc'],
    ['emphasis', '*a* **b** ~~c~~ `d`', 'a b c d'],
    ['a heading', '## A\ntext', '## A\ntext'],
    ['a rule', 'a\n\n---\n\nb', `a\n\n${'─'.repeat(39)}\n\nb`],
    ['a link and where it leads', '[a](https://b.example)', 'a (https://b.example)'],
    ['a link that is its own words', '<https://b.example>', 'https://b.example'],
    ['a picture', '![cat](cat.png)', '[cat] (cat.png)'],
    ['entities', 'a &lt; b &amp;&amp; c', 'a < b && c'],
    ['HTML, as it is', '<b>a</b>', '<b>a</b>'],
    ['a quote', '> a\n> b\n>\n> - c', '│ a b\n│ \n│ • c'],
    ['code, as it is', '```\na  &lt;\n\n\tb\n```', '  a  &lt;\n\n      b'],
    ['code without an end', 'x\n```\na', 'x\n\n  a'],
    ['code in a list', '- a\n\n      b\n', '• a\n\n    b'],
    ['a tight list', 'a:\n- b\n- c\n  - d', 'a:\n• b\n• c\n  • d'],
    ['a loose list', '1. a\n\n2. b', '1. a\n\n2. b'],
    ['a list that does not begin at one', '9. a\n10. b', '9. a\n10. b'],
    ['tasks', '- [ ] a\n- [x] b', '• [ ] a\n• [x] b'],
    ['a table', '| a | b |\n|---|:-:|\n| 1 | two |', 'a │  b\n──┼────\n1 │ two'],
  ])('shows %s', async (_, source, shown) => {
    expect((await laidOut(source)).trimEnd()).toBe(shown);
  });

  it('shows a table as one line per cell when its columns do not fit', async () => {
    const table = '| name | what it means |\n|---|---|\n| aaaaaaaa | bbbbbbbb cccc |';
    expect(await laidOut(table, 12)).toBe('name:\naaaaaaaa\nwhat it\nmeans:\nbbbbbbbb\ncccc\n');
  });

  it('shows a list when the next block begins, other lines when they end', async () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 40 });
    const markdown = await loadMarkdown(stream, { NO_COLOR: '' });
    expect(markdown.write('one\n\n')).toBe('one\n');
    expect(markdown.write('- two\n')).toBe('');
    expect(markdown.write('- three\n```\n')).toBe('\n• two\n• three\n');
    expect(markdown.write('code\nmo')).toBe('\n  code\n');
    expect(markdown.write('re\n```\n')).toBe('  more\n');
    expect(markdown.end()).toBe('');
  });

  it('shows a paragraph word by word, and marked words when the mark is closed', async () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 30 });
    const markdown = await loadMarkdown(stream, { NO_COLOR: '' });
    const shown = [];
    for (const piece of [
      'The first words ',
      'of a text',
      ' are',
      ' **two str',
      'ong** wo',
      'rds.\n',
    ]) {
      shown.push(markdown.write(piece));
    }
    expect(shown).toEqual(['The first words', ' of a', ' text', ' are', '\ntwo strong', ' words.']);
    expect(markdown.write('\n- a\n')).toBe('\n');
    expect(markdown.end()).toBe('\n• a\n');
    const chinese = await loadMarkdown(stream, { NO_COLOR: '' });
    expect(chinese.write('日本語の文章は単語の間に空白がないので、どこ')).toBe(
      '日本語の文章は単語の間に空白\nがないので、ど',
    );
  });

  const CODE = { js: 'const x = 1; // one', python: 'def f(): return "x"', sql: 'SELECT 1' };

  it.each(Object.entries(CODE))('colors %s in a fence and in a list', async (language, code) => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 60 });
    for (const indent of ['', '  ']) {
      const markdown = await loadMarkdown(stream, { FORCE_COLOR: '1' });
      const source = `${indent === '' ? '' : '- a\n'}${indent}\`\`\`${language}\n${indent}${code}\n${indent}\`\`\`\n`;
      await markdown.prepare(source);
      const shown = markdown.write(source) + markdown.end();
      expect(shown).toContain('\u001B[35m');
      // Neither white nor black, nor a bright color or a background.
      expect(shown).not.toMatch(/\u001B\[(?:3[07]|4\d|9\d|10\d)m/);
      expect(stripVTControlCharacters(shown)).toContain(code);
    }
  });

  it('keeps the colors of a comment over several lines, and code of an unknown language', async () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 60 });
    const markdown = await loadMarkdown(stream, { FORCE_COLOR: '1' });
    expect(markdown.prepare('```js')).toBeUndefined();
    await markdown.prepare('\n/* a\nb */\n');
    expect(markdown.write('```js\n/* a\n')).toBe('  \u001B[2m/* a\u001B[22m\n');
    expect(markdown.write('b */ 1\n```\n')).toBe(
      '  \u001B[2mb */\u001B[22m \u001B[31m1\u001B[39m\n',
    );
    expect(markdown.prepare('```cobol\n')).toBeUndefined();
    expect(markdown.write('```cobol\nx\n')).toBe('\n  \u001B[36mx\u001B[39m\n');
  });

  it('never turns an entity into a control character', async () => {
    const shown = await laidOut('&#27;[31m &#x9b;1A `&#7;` [x](&#27;) ![&#27;](y)\n\n# &#27;c');
    expect(shown).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f]/);
  });

  const line = fc.constantFrom(
    '# a',
    'b **c**',
    '',
    '',
    '- d',
    '  - e',
    '1. f',
    '```',
    '   g',
    '> h',
    '| i | j |',
    '|---|---|',
    '---',
    '日本語',
    'a paragraph that is longer than a line, with **two strong words** and `some code` in it.  ',
    'an open *mark and [a link](https://b.example) with snake_case 5 * 3 < 4 https://c.example',
    '日本語の文章は単語の間に空白がないので、どこでも改行できます。',
    'another | header of a table | here',
    '==========',
    '2026 was **the year',
    'ended** of a mark that is open for a while',
  );

  it('is the same however the text is cut, and never too wide', async () => {
    const texts = fc.array(line, { maxLength: 15 }).map((lines) => lines.join('\n'));
    await fc.assert(
      fc.asyncProperty(texts, fc.array(fc.nat(80)), async (text, cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = places.map((place, index) => text.slice(place, places[index + 1]));
        expect(await laidOut(pieces)).toBe(await laidOut(text));
      }),
    );
  });

  it.each([
    ['thousands of nested quotes', '>'.repeat(15_000)],
    ['a knot of emphasis', '_a__'.repeat(100_000)],
    ['a block without an end', 'word '.repeat(100_000)],
  ])('survives %s', async (_, text) => {
    const before = process.cpuUsage();
    const bare = (some: string) => some.replaceAll(/\s/g, '');
    expect(bare(await laidOut(text))).toContain(bare(text.slice(0, 1000)));
    expect(process.cpuUsage(before).user).toBeLessThan(MOST_CPU_TIME);
  });

  it.each([
    ['of words', 'The ', 'word '],
    ['of Chinese', '你好', '世界'],
    ['of a table below a paragraph', 'a\n| ', 'word '],
  ])('takes a line without an end in pieces %s as fast as it comes', async (_, start, piece) => {
    const pieces = [start, ...Array.from({ length: 60_000 }, () => piece)];
    const before = process.cpuUsage();
    const bare = (some: string) => some.replaceAll(/\s/g, '');
    expect(bare(await laidOut(pieces))).toBe(bare(pieces.join('')));
    expect(process.cpuUsage(before).user).toBeLessThan(MOST_CPU_TIME);
  });
});
