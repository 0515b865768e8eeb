import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPastes } from '../../../../src/commands/chat/repl/pastes.ts';
import { sanitize } from '../../../../src/terminal/sanitize.ts';

test.each([
  ['a short paste is shown unchanged', 'one\ntwo', 'one\ntwo'],
  ['all kinds of line breaks become a newline', 'one\r\ntwo\rthree', 'one\ntwo\nthree'],
  ['line breaks at the end of a paste are removed', 'one\n\n', 'one'],
  ['a paste of many lines is shown by a name', 'a\n'.repeat(9), '[paste 1: 9 lines]'],
  ['a long line is shown by a name', 'a'.repeat(1001), '[paste 1: 1001 characters]'],
  ['a paste with an escape sequence is shown by a name', '\u001B[2Jhi', '[paste 1: 6 characters]'],
])('%s', (_, text, shown) => {
  expect(createPastes().show(text)).toBe(shown);
});

test('text that looks like the name of a paste is sent unchanged', () => {
  expect(createPastes().expand('[paste 1: 9 lines]')).toBe('[paste 1: 9 lines]');
});

test('every paste is shown safely and sent unchanged except for its line breaks', () => {
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
