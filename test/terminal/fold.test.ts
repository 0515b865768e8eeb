import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { fold } from '../../src/terminal/fold.ts';

describe('folding', () => {
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
  ])('%j to %i columns and %i lines', (text, width, most, lines) => {
    expect(fold(text, width, most, stringWidth)).toEqual(lines);
  });

  it('never exceeds its width nor its lines, and loses nothing but spaces', () => {
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
