import fc from 'fast-check';
import { lexer, type Tokens } from 'marked';
import { describe, expect, it } from 'vitest';
import { fenced, picturePart, pictureType } from '../../../src/core/chat/attachment.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('the media type of a picture', () => {
  it.each([
    ['image/png', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR'],
    ['image/jpeg', '\xff\xd8\xff\xe0\0\x10JFIF'],
    ['image/jpeg', '\xff\xd8\xff\xdb'],
    ['image/gif', 'GIF87a\x01\0'],
    ['image/gif', 'GIF89a\x01\0'],
    ['image/webp', 'RIFF\n\n\n\nWEBPVP8 '],
    ['image/bmp', 'BM\x46\0\0\0\0\0\0\0\x36\0\0\0'],
  ])('is %s by the first bytes %j', (type, start) => {
    expect(pictureType(bytes(start))).toBe(type);
  });

  it.each([
    ['nothing', ''],
    ['text', 'BMW is a car maker'],
    ['a wave file', 'RIFF\x24\0\0\0WAVEfmt '],
    ['half of a signature', '\x89PN'],
    ['SVG, which is text', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['a signature after a blank', ' GIF89a'],
  ])('is unknown for %s', (_, start) => {
    expect(pictureType(bytes(start))).toBeUndefined();
  });
});

it('picturePart puts a picture into a data URL', () => {
  expect(picturePart('image/gif', 'R0lG')).toEqual({
    type: 'image_url',
    image_url: { url: 'data:image/gif;base64,R0lG' },
  });
});

it('fenced puts a text into a code fence under its name', () => {
  expect(fenced('a.txt', 'one\ntwo\n')).toBe('a.txt:\n```\none\ntwo\n```');
});

it('fenced ends the last line of the text', () => {
  expect(fenced('a.txt', 'one')).toBe('a.txt:\n```\none\n```');
});

it('fenced keeps a name with line breaks on one line', () => {
  expect(fenced('a\n```\nb', 'x')).toMatch(/^a ``` b:\n/);
});

it('fenced uses a fence that no line of the text closes', () => {
  const lines = fc.array(fc.constantFrom('```', '````', '`````js', '~~~', ' ``` ', 'x', ''));
  fc.assert(
    fc.property(lines, (inside) => {
      const text = `begin\n${inside.join('\n')}\nend\n`;
      const blocks = lexer(fenced('name', text)).filter(({ type }) => type === 'code');
      expect(blocks.map((block) => (block as Tokens.Code).text)).toEqual([text.slice(0, -1)]);
    }),
  );
});
