import xterm from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { createSanitizer, sanitize, SEQUENCE_CAP, stringify } from '../../src/terminal/sanitize.ts';

const ESC = '\u001b';

const cases: [what: string, text: string, shown: string][] = [
  ['plain text', 'Grüße, 世界 👩‍👩‍👧 🇩🇪\n\tend', 'Grüße, 世界 👩‍👩‍👧 🇩🇪\n\tend'],
  ['C0 controls', 'a\0\u0001\u0007\b\u000b\u000c\u000e\u001fb', 'ab'],
  ['carriage returns', 'a\r\nb\rc', 'a\nbc'],
  ['DEL', 'a\u007fb', 'ab'],
  ['C1 controls', 'a\u0080\u0084\u0085\u008d\u009a\u009cb', 'ab'],
  ['colours', `a${ESC}[31mb${ESC}[38;5;1mc${ESC}[0m`, 'abc'],
  ['private modes', `a${ESC}[?1049hb`, 'ab'],
  ['intermediates', `a${ESC}[1 qb${ESC}(Bc${ESC}#8d`, 'abcd'],
  ['cursor movement', `a${ESC}[2J${ESC}[H${ESC}7${ESC}8${ESC}Mb`, 'ab'],
  ['a reset', `a${ESC}cb`, 'ab'],
  ['CSI in its 8-bit form', 'a\u009b31mb', 'ab'],
  ['a title, ended by BEL', `a${ESC}]0;evil\u0007b`, 'ab'],
  ['a title, ended by ST', `a${ESC}]0;evil${ESC}\\b`, 'ab'],
  ['a title in 8-bit forms', 'a\u009d0;evil\u009cb', 'ab'],
  ['a clipboard write', `a${ESC}]52;c;ZXZpbA==\u0007b`, 'ab'],
  ['a hyperlink', `a${ESC}]8;;https://evil.example${ESC}\\b${ESC}]8;;${ESC}\\c`, 'abc'],
  ['DCS', `a${ESC}P1$r0m${ESC}\\b\u0090q\u009cc`, 'abc'],
  ['APC', `a${ESC}_Gevil${ESC}\\b\u009fx\u009cc`, 'abc'],
  ['PM', `a${ESC}^evil${ESC}\\b\u009ex\u009cc`, 'abc'],
  ['SOS', `a${ESC}Xevil${ESC}\\b\u0098x\u009cc`, 'abc'],
  ['a string that CAN cancels', `a${ESC}]0;evil\u0018b`, 'ab'],
  ['a string that SUB cancels', `a${ESC}]0;evil\u001ab`, 'ab'],
  ['a string that another sequence cancels', `a${ESC}]0;evil${ESC}[31mb`, 'ab'],
  ['text within a string, be it UTF-8', `a${ESC}]0;世界\u0007b`, 'ab'],
  ['ESC after ESC', `a${ESC}${ESC}[31mb`, 'ab'],
  ['a sequence that a newline breaks', `a${ESC}[31\nb`, 'a\nb'],
  ['a sequence that a letter of no alphabet breaks', `a${ESC}[31世b`, 'a世b'],
  ['an unfinished ESC', `a${ESC}`, 'a'],
  ['an unfinished CSI', `a${ESC}[31`, 'a'],
  ['an unfinished string', `a${ESC}]0;evil`, 'a'],
  ['right-to-left override', 'a\u202eb\u202c', 'a\\u{202e}b\\u{202c}'],
  [
    'isolates and marks',
    '\u2066\u2069\u200e\u200f\u061c',
    '\\u{2066}\\u{2069}\\u{200e}\\u{200f}\\u{061c}',
  ],
  ['a text in tags', 'a\u{e0001}\u{e0069}\u{e0067}b', 'a\\u{e0001}\\u{e0069}\\u{e0067}b'],
  ['two spaces without a width', 'a\u200b\u200bb', 'a\\u{200b}\\u{200b}b'],
  [
    'a text in joiners',
    'a\u200b\u200c\u200d\u2060\ufeffb',
    'a\\u{200b}\\u{200c}\\u{200d}\\u{2060}\\u{feff}b',
  ],
  ['joiners after a Latin letter', 'a\u200c\u200db', 'a\\u{200c}\\u{200d}b'],
  [
    'bytes in variation selectors',
    '😀\ufe00\u{e0158}\u{e0155}\u{e015c}',
    '😀\\u{fe00}\\u{e0158}\\u{e0155}\\u{e015c}',
  ],
  ['joiners around a control', 'a\u200b\u0007\u200bb', 'a\\u{200b}\\u{200b}b'],
  ['invisible characters at the end', 'a\u2060\u2060', 'a\\u{2060}\\u{2060}'],
  ...[
    ['emoji with joiners and selectors', '👩‍❤️‍💋‍👨 🏳️‍🌈 ❤️‍🔥 1️⃣ 👩🏽‍🚀'],
    ['a variant of an ideograph', '葛\u{e0100}城'],
    ['Persian', 'می‌خواهم کتاب‌ها'],
    ['two joiners in Persian', 'می\u200c\u200cخواهم'],
    ['Hindi, Sinhala and Malayalam', 'क्‍ष ශ්‍රී ന്‍'],
    ['Mongolian', 'ᠨ\u180bᠠ'],
    ['Thai with places to break', 'ภาษา\u200bไทย'],
    ['a soft hyphen and a byte order mark', '\ufeffSilben\u00adtrennung'],
  ].map(([what = '', text = '']): [string, string, string] => [what, text, text]),
  ['lone surrogates', 'a\ud83db\udc00c\ud83d', 'a\ufffdb\ufffdc\ufffd'],
  ['a pair in the middle of controls', `${ESC}[1m😀\r😀`, '😀😀'],
];

function inPieces(pieces: string[]): string {
  const sanitizer = createSanitizer();
  return pieces.map((piece) => sanitizer.write(piece)).join('') + sanitizer.end();
}

/** Text in which controls, sequences and their parts are as frequent as letters. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ESC,
        '[',
        ']',
        'P',
        '_',
        '^',
        'X',
        '\\',
        '\u0007',
        '\u009b',
        '\u009c',
        '\u009d',
      ),
      fc.constantFrom(
        '0;',
        '31',
        'm',
        'H',
        '2J',
        '?25l',
        '52;c;eA==',
        ' q',
        '\n',
        '\t',
        '\r',
        '\b',
      ),
      fc.constantFrom('\ud83d', '\udc00', '\u202e', '\u061c', '世', 'é', 'a', '😀'),
      fc.constantFrom('\u200b', '\u200d', '\ufe0f', '\u{e0041}', '\u{e0100}', 'ک'),
      fc.string({ unit: 'binary', maxLength: 2 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

describe('text from outside', () => {
  it.each(cases)('is made safe: %s', (_what, text, shown) => {
    expect(sanitize(text)).toBe(shown);
  });

  it.each(cases)('is made safe wherever it is cut: %s', (_what, text, shown) => {
    for (let at = 0; at <= text.length; at += 1) {
      expect(inPieces([text.slice(0, at), text.slice(at)])).toBe(shown);
    }
    expect(inPieces(text.split(''))).toBe(shown);
  });

  it('does not depend on how it is cut', () => {
    fc.assert(
      fc.property(hostile, fc.array(fc.nat(), { maxLength: 6 }), (text, cuts) => {
        const at = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length];
        at.sort((a, b) => a - b);
        const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
        expect(inPieces(pieces)).toBe(sanitize(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps no control, escape sequence or lone surrogate', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = sanitize(text);
        for (const character of shown) {
          const point = character.codePointAt(0) ?? 0;
          const allowed =
            point === 9 || point === 10 || (point >= 32 && point < 127) || point > 159;
          expect(allowed).toBe(true);
        }
        expect(shown).not.toMatch(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Cs}/u);
      }),
      { numRuns: 2000 },
    );
  });

  it('stays unchanged when it contains nothing unsafe', () => {
    const harmless = fc.string({ unit: 'grapheme' }).map((text) => `${text}\n\t`);
    fc.assert(
      fc.property(harmless, (text) => {
        fc.pre(!/[\p{Cc}\p{Bidi_Control}]|\p{DI}{2}/u.test(text.replace(/[\n\t]/g, '')));
        expect(sanitize(text)).toBe(text);
      }),
    );
  });

  it.each([`${ESC}]0;`, `${ESC}[`, `${ESC}P`, ESC, '\u009d'])(
    'is not swallowed for ever by %j without an end',
    (opening) => {
      const text = '1'.repeat(3 * SEQUENCE_CAP);
      expect(sanitize(opening + text).length).toBeGreaterThanOrEqual(text.length - SEQUENCE_CAP);
    },
  );

  it('can be followed by a new text after its end', () => {
    const sanitizer = createSanitizer();
    expect(sanitizer.write(`a${ESC}]0;`) + sanitizer.end()).toBe('a');
    expect(sanitizer.write('b')).toBe('b');
  });
});

test('JSON with characters that hide something has the same value and shows them', () => {
  const value = ['a\u202e\u009b', '\u{e0041}', 'a\u200b\u200cb', '❤️‍🔥 می‌خواهم'];
  const text = stringify(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(text).toBe(
    String.raw`["a\u202e\u009b","\udb40\udc41","a\u200b\u200cb",` + '"❤️‍🔥 می‌خواهم"]',
  );
});

describe('a terminal', () => {
  it('prints sanitized text as it is, whatever it was before', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const shown = sanitize(text);
        const terminal = new xterm.Terminal({
          cols: 500,
          rows: 200,
          allowProposedApi: true,
          convertEol: true,
        });
        const events: string[] = [];
        terminal.onTitleChange((title) => events.push(`title ${title}`));
        terminal.onBell(() => events.push('bell'));
        terminal.onData((data) => events.push(`reply ${data}`));
        terminal.parser.registerOscHandler(52, () => Boolean(events.push('clipboard')));
        await new Promise<void>((resolve) => terminal.write(shown, resolve));
        const { active } = terminal.buffer;
        expect(events).toEqual([]);
        expect(active.type).toBe('normal');
        expect(active.cursorY + active.baseY).toBe(shown.split('\n').length - 1);
        const cell = active.getLine(0)?.getCell(0);
        expect([cell?.isFgDefault(), cell?.isBgDefault()]).not.toContain(false);
        expect(Object.values(terminal.modes)).toEqual(Object.values(new xterm.Terminal().modes));
        terminal.dispose();
      }),
      { numRuns: 100 },
    );
  });
});
