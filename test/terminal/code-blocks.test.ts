import fc from 'fast-check';
import { lexer, type Tokens } from 'marked';
import { describe, expect, it } from 'vitest';
import { createCodeBlocks } from '../../src/terminal/markdown/code-blocks.ts';

function extract(...pieces: string[]) {
  const blocks = createCodeBlocks();
  const code = pieces.map((piece) => blocks.write(piece)).join('') + blocks.end();
  return { code, found: blocks.found };
}

describe('the code that is cut out of a text', () => {
  it.each([
    ['is the lines between fences', 'Here:\n```js\na\nb\n```\nDone.', 'a\nb\n'],
    ['comes from all blocks, in order', '```\na\n```\nand\n~~~\nb\n~~~\n', 'a\nb\n'],
    ['can hold shorter fences', '````md\n```\nx\n```\n````\n', '```\nx\n```\n'],
    ['can hold fences of the other character', '```\n~~~\n```\n', '~~~\n'],
    ['keeps its empty lines', '```\na\n\nb\n```\n', 'a\n\nb\n'],
    ['loses the indentation of its fence', '1. x\n   ```\n   a\n     b\n   ```\n', 'a\n  b\n'],
    ['keeps its tabs in a fence without tabs', '  ```\n\ta\n    b\n  ```\n', '\ta\n  b\n'],
    ['loses a tab in a fence with one', '\t```\n\t\ta\n\t```\n', '\ta\n'],
    ['goes to the end of the text if no fence closes it', '```\na\nb', 'a\nb'],
    ['does not end at a fence with an info string', '```\na\n``` x\n```\n', 'a\n``` x\n'],
    ['can have blanks after its fence', '```  \na\n```  \n', 'a\n'],
    ['is found in lines that end with CRLF', '```js\r\na\r\n```\r\nb', 'a\r\n'],
  ])('the code that is cut out of a text %s', (_, text, code) => {
    expect(extract(text)).toEqual({ code, found: true });
  });

  it.each([
    ['is empty without a fence', 'just words'],
    ['is empty for inline code', 'use ```x``` here\n```a`b```\n'],
    ['is empty if a fence is too short', '``\na\n``\n'],
  ])('the code that is cut out of a text %s', (_, text) => {
    expect(extract(text)).toEqual({ code: '', found: false });
  });

  it('can be an empty block', () => {
    expect(extract('```\n```\n')).toEqual({ code: '', found: true });
  });

  const line = fc.constantFrom('```', '````', '```js', '~~~', 'x', '', '`y`', '``` z');
  const text = fc.array(line, { maxLength: 12 }).map((lines) => `${lines.join('\n')}\n`);

  it('is the same wherever the text is cut', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(60)), (whole, cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
        const pieces = places.map((place, index) => whole.slice(place, places[index + 1]));
        expect(extract(...pieces)).toEqual(extract(whole));
      }),
    );
  });

  it('is the code that a Markdown parser finds', () => {
    fc.assert(
      fc.property(text, (whole) => {
        const theirs = lexer(whole)
          .filter(({ type }) => type === 'code')
          .map((token) => (token as Tokens.Code).text)
          .join('\n');
        expect(extract(whole).code.replaceAll(/\n+/g, '\n').trim()).toBe(
          theirs.replaceAll(/\n+/g, '\n').trim(),
        );
      }),
    );
  });
});
