import fc from 'fast-check';
import { lexer, type Tokens } from 'marked';
import { expect, it } from 'vitest';
import { fenced } from '../../../src/core/chat/fence.ts';

it('puts a text under its name', () => {
  expect(fenced('a.txt', 'one\ntwo\n')).toBe('a.txt:\n```\none\ntwo\n```');
});

it('ends the last line of a text that does not', () => {
  expect(fenced('a.txt', 'one')).toBe('a.txt:\n```\none\n```');
});

it('keeps a name on one line', () => {
  expect(fenced('a\n```\nb', 'x')).toMatch(/^a ``` b:\n/);
});

it('cannot be closed by anything inside', () => {
  const lines = fc.array(fc.constantFrom('```', '````', '`````js', '~~~', ' ``` ', 'x', ''));
  fc.assert(
    fc.property(lines, (inside) => {
      const text = `begin\n${inside.join('\n')}\nend\n`;
      const blocks = lexer(fenced('name', text)).filter(({ type }) => type === 'code');
      expect(blocks.map((block) => (block as Tokens.Code).text)).toEqual([text.slice(0, -1)]);
    }),
  );
});
