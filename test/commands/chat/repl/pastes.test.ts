import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPastes } from '../../../../src/commands/chat/repl/line-editor.ts';
import { sanitize } from '../../../../src/terminal/sanitize.ts';

test.each([
  ['a short text stands as it is', 'one\ntwo', 'one\ntwo'],
  ['line breaks of every kind are one', 'one\r\ntwo\rthree', 'one\ntwo\nthree'],
  ['a line break at the end is none', 'one\n\n', 'one'],
  ['many lines have a name', 'a\n'.repeat(9), '[paste 1: 9 lines]'],
  ['a long line has a name', 'a'.repeat(1001), '[paste 1: 1001 characters]'],
  ['an escape sequence has a name', '\u001B[2Jhi', '[paste 1: 6 characters]'],
])('%s', (_, text, shown) => {
  expect(createPastes().show(text)).toBe(shown);
});

test('a name that nobody gave is a text like every other', () => {
  expect(createPastes().expand('[paste 1: 9 lines]')).toBe('[paste 1: 9 lines]');
});

test('whatever is pasted is shown safely and sent unchanged, but for its line breaks', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\u001B', '\u202E', '[', '😀') });
  fc.assert(
    fc.property(fc.array(text), (texts) => {
      const pastes = createPastes();
      const shown = texts.map((one) => pastes.show(one));
      for (const one of shown) expect(sanitize(one)).toBe(one);
      const sent = texts.map((one) => one.replaceAll(/\r\n?/g, '\n').replace(/\n+$/, ''));
      expect(pastes.expand(shown.join('|'))).toBe(sent.join('|'));
    }),
  );
});
