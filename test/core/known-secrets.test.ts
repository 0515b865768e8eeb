import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownSecrets } from '../../src/core/known-secrets.ts';

const KEY = 'sk-4f+9/aZ ü"1\\2';

function known(...secrets: string[]): KnownSecrets {
  const result = new KnownSecrets();
  result.add(...secrets);
  return result;
}

/** Each base64 character tells 6 bits. */
const ENCODINGS: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  'in JSON': (text) => JSON.stringify(text),
  'in JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)),
  'in JSON with escaped slashes': (text) => JSON.stringify(text).replaceAll('/', '\\/'),
  'percent-encoded': encodeURIComponent,
  'percent-encoded in lower case': (text) =>
    encodeURIComponent(text).replace(/%../g, (one) => one.toLowerCase()),
  'as a form': (text) => encodeURIComponent(text).replaceAll('%20', '+'),
  'with every byte percent-encoded': (text) =>
    Buffer.from(text).toString('hex').replace(/../g, '%$&'),
  'in hexadecimal': (text) => Buffer.from(text).toString('hex'),
  'in upper case hexadecimal': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'in HTML': (text) => text.replaceAll('"', '&quot;'),
  'in base64': (text) => Buffer.from(text).toString('base64'),
  'in base64url': (text) => Buffer.from(text).toString('base64url'),
};

describe('a secret that is repeated', () => {
  it.each(Object.entries(ENCODINGS))('%s is found and replaced', (_, encode) => {
    const secrets = known(KEY);
    for (const before of ['', 'a', 'ab', 'key: ']) {
      const text = `<${encode(`${before}${KEY} end`)}>`;
      expect(secrets.isIn(text)).toBe(true);
      expect(secrets.redact(text)).toContain('[redacted]');
      expect(secrets.redact(text).length).toBeLessThan(60);
      expect(secrets.isIn(secrets.redact(text))).toBe(false);
    }
  });

  it('is found with all its \\u escapes', () => {
    const escapes = Array.from(
      KEY,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    expect(known(KEY).redact(escapes.join(''))).toBe('[redacted]');
  });

  it('is replaced in values and keys of JSON; what has none is the same object', () => {
    const secrets = known(KEY);
    const other = { models: [{ model: 'm', n: 1, none: undefined }] };
    expect(secrets.redactIn(other)).toBe(other);
    const value = { models: [{ model: 'm', [KEY]: `say ${KEY}`, n: 1, none: null }] };
    expect(secrets.redactIn(value)).toEqual({
      models: [{ model: 'm', '[redacted]': 'say [redacted]', n: 1, none: null }],
    });
  });

  it.each([
    ['a color', '\u001b[1;31m'],
    ['a title', '\u001b]0;title\u0007'],
    ['a lone escape', '\u001b'],
    ['NUL', '\0'],
    ['a backspace', '\b'],
    ['a line end', '\r\n'],
    ['a space without a width', '\u200b'],
    ['a mark of direction', '\u202e'],
    ['a tag', '\u{e0041}'],
  ])('is found if %s hides in it', (_, hidden) => {
    const text = `bad ${KEY.slice(0, 5)}${hidden}${KEY.slice(5)}.`;
    expect(known(KEY).redact(text)).toBe('bad [redacted].');
    expect(known(KEY).redactIn([{ text }])).toEqual([{ text: 'bad [redacted].' }]);
    const other = { text: `bad ${hidden}.\n` };
    expect(known(KEY).redactIn(other)).toEqual(other);
  });

  it('is left alone when it has fewer than 8 characters', () => {
    expect(known('ollama', '', '1234567').redact('ollama 1234567')).toBe('ollama 1234567');
  });

  it('of which another is the beginning is replaced whole', () => {
    expect(known('12345678', '1234567890').redact('1234567890')).toBe('[redacted]');
  });
});

describe('a text in pieces', () => {
  const texts = fc.array(fc.constantFrom(KEY, KEY.slice(0, 7), 's', 'k', '-', 'word ', '4f'), {
    maxLength: 8,
  });
  const cuts = fc.array(fc.nat({ max: 12 }), { maxLength: 20 });

  function cut(text: string, lengths: readonly number[]): string[] {
    const pieces: string[] = [];
    let at = 0;
    for (const length of lengths) pieces.push(text.slice(at, (at += length)));
    return [...pieces, text.slice(at)];
  }

  it('is redacted like the whole text', () => {
    fc.assert(
      fc.property(texts, cuts, (parts, lengths) => {
        const text = parts.join('');
        const filter = known(KEY).filter();
        const shown = cut(text, lengths).map((piece) => filter.write(piece));
        expect(shown.join('') + filter.end()).toBe(known(KEY).redact(text));
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  it('is found wherever it is cut, also at the edges of what is searched at a time', () => {
    for (const before of [0, 10, 16_370, 16_383, 16_384, 40_000]) {
      const text = `${'x'.repeat(before)}${KEY}${'y'.repeat(20_000)}`;
      const watch = known(KEY).watch();
      for (let at = 0; at < text.length; at += 7) watch.add(text.slice(at, at + 7));
      expect(watch.found()).toBe(true);
    }
    const watch = known(KEY).watch();
    watch.add(KEY.slice(1));
    expect(watch.found()).toBe(false);
  });

  it('is not withheld where nothing is known', () => {
    expect(known().filter().write('sk-')).toBe('sk-');
    expect(known(KEY).filter().write('word s')).toBe('word ');
  });
});
