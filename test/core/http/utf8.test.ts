import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUtf8Decoder } from '../../../src/core/http/body.ts';

const MARK = '\uFEFF';

function decode(pieces: Uint8Array[]): string {
  const decoder = createUtf8Decoder();
  return pieces.map((piece) => decoder(piece)).join('') + decoder();
}

describe('a stream of UTF-8', () => {
  it.each([
    ['no byte order mark', 'é', 'é'],
    ['one byte order mark', `${MARK}é`, 'é'],
    ['two byte order marks', `${MARK}${MARK}é`, `${MARK}é`],
    ['three byte order marks', `${MARK}${MARK}${MARK}`, `${MARK}${MARK}`],
    ['a byte order mark after a letter', `a${MARK}`, `a${MARK}`],
    ['a byte order mark and nothing else', MARK, ''],
  ])(
    'that begins with %s loses at most one byte order mark, wherever it is cut',
    (_, text, expected) => {
      const bytes = Buffer.from(text);
      for (let first = 0; first <= bytes.length; first++) {
        for (let second = first; second <= bytes.length; second++) {
          const pieces = [
            bytes.subarray(0, first),
            bytes.subarray(first, second),
            bytes.subarray(second),
          ];
          expect(decode(pieces), `cut at ${first} and ${second}`).toBe(expected);
        }
      }
    },
  );

  it('that is cut anywhere gives the same text, replacement characters included', () => {
    const byte = fc.constantFrom(0xef, 0xbb, 0xbf, 0xf0, 0x9f, 0x80, 0xc3, 0xa9, 0xff, 0x61);
    const input = fc.tuple(
      fc.array(byte, { maxLength: 16 }),
      fc.array(fc.nat(16), { maxLength: 4 }),
    );
    fc.assert(
      fc.property(input, ([numbers, cuts]) => {
        const bytes = Uint8Array.from(numbers);
        const ends = [...cuts.toSorted((a, b) => a - b), bytes.length];
        const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        expect(decode(pieces)).toBe(new TextDecoder().decode(bytes));
      }),
    );
  });
});
