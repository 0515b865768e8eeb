import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWordWrap } from '../../src/terminal/word-wrap.ts';

function wrapped(pieces: readonly string[], columns = 21): string {
  const filter = createWordWrap(() => columns);
  return pieces.map((piece) => filter.write(piece)).join('') + filter.end();
}

describe('a plain answer at a terminal', () => {
  it.each([
    ['words', 'one two three four five six', 'one two three four\nfive six'],
    ['lines of their own', 'one\n\n two  three \n', 'one\n\n two  three \n'],
    ['a list, also one within another', '- one two three four five', '- one two three four\nfive'],
    [
      'a list within a list',
      '    - one two three four five six',
      '    - one two three\nfour five six',
    ],
    [
      'not a word that is wider than the terminal',
      'see https://example.com/a/long/address now',
      'see https://example.com/a/long/address\nnow',
    ],
    ['Chinese, not before a comma', '一二三四五六七八九十，十一', '一二三四五六七八九\n十，十一'],
    ['code in backticks', '`one` two three four five six', '`one` two three four\nfive six'],
    [
      'not code, and what follows it',
      '```\none two three four five six\n```\none two three four five six',
      '```\none two three four five six\n```\none two three four\nfive six',
    ],
    ['not indented code', '    one two three four five six', '    one two three four five six'],
    ['not a table', '| one two three | four five |', '| one two three | four five |'],
  ])('wraps %s', (_, text, shown) => {
    expect(wrapped([text])).toBe(shown);
    expect(wrapped(text.split(''))).toBe(shown);
  });

  it('shows a word when it ends', () => {
    const filter = createWordWrap(() => 21);
    expect(['Hello wor', 'ld, ', 'it is'].map(filter.write)).toEqual(['Hello', ' world,', ' it']);
    expect(filter.end()).toBe(' is');
  });

  it('loses and adds nothing but line breaks, however it is cut', () => {
    const part = fc.constantFrom(
      'a ',
      'word',
      '  ',
      '\n',
      '\t',
      '```',
      '~',
      '|',
      '一二',
      '- ',
      '1. ',
    );
    fc.assert(
      fc.property(fc.array(fc.array(part), { maxLength: 12 }), (pieces) => {
        const texts = pieces.map((parts) => parts.join(''));
        const shown = wrapped(texts);
        expect(shown).toBe(wrapped([texts.join('')]));
        const bare = (text: string) => text.replaceAll(/\s/g, '');
        expect(bare(shown)).toBe(bare(texts.join('')));
      }),
    );
  });
});
