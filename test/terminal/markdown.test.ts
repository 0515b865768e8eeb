import { PassThrough } from 'node:stream';
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

  it('shows a block when the next one begins, a line of code when it ends', async () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 40 });
    const markdown = await loadMarkdown(stream, { NO_COLOR: '' });
    expect(markdown.write('one\n\n')).toBe('');
    expect(markdown.write('- two\n')).toBe('one\n');
    expect(markdown.write('- three\n```\n')).toBe('\n• two\n• three\n');
    expect(markdown.write('code\nmo')).toBe('\n  code\n');
    expect(markdown.write('re\n```\n')).toBe('  more\n');
    expect(markdown.end()).toBe('');
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
    expect(await laidOut(text)).toContain(text.slice(0, 1000));
    expect(process.cpuUsage(before).user).toBeLessThan(MOST_CPU_TIME);
  });
});
