import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIncrements } from '../../../src/core/chat/cumulative.ts';

function read(deltas: string[], suspected = false): string {
  const increments = createIncrements({ suspected });
  return deltas.map((delta) => increments.push(delta)).join('') + increments.end();
}

/** Every prefix of a text that ends where a piece ends. */
function soFar(pieces: string[]): string[] {
  return pieces.map((_, index) => pieces.slice(0, index + 1).join(''));
}

const PIECES = ['The', ' capital', ' of', ' France', ' is', ' Paris', '.'];

describe('a cumulative stream', () => {
  it.each([
    ['words', soFar(PIECES)],
    ['single characters', soFar([...'The capital of France is Paris.'])],
    ['a first delta that is empty', ['', ...soFar(PIECES)]],
    ['later deltas that repeat', ['The', 'The capital', 'The capital', 'The capital of France']],
    ['a last delta that repeats the text', [...soFar(PIECES), PIECES.join('')]],
    ['a last delta that is trimmed', [...soFar([...PIECES, '\n']), PIECES.join('')]],
    ['three deltas', soFar(['Hel', 'lo', ' world'])],
    ['two deltas', soFar(['The capital of', ' France is Paris.'])],
  ])('is detected in %s', (_what, deltas) => {
    expect(read(deltas).trimEnd()).toBe(deltas.at(-1));
  });

  it('is shown without repetition as soon as it is detected', () => {
    const increments = createIncrements({ suspected: false });
    expect(soFar(PIECES).map((text) => increments.push(text))).toEqual([
      'The',
      '',
      ' capital of',
      ' France',
      ' is',
      ' Paris',
      '.',
    ]);
  });

  it('is detected in any text of different words', () => {
    const word = fc.stringMatching(/^ [a-z]{3,9}$/);
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 3, maxLength: 40 }), (pieces) => {
        expect(read(soFar(pieces))).toBe(pieces.join(''));
      }),
    );
  });

  it('is detected in any text at a suspected endpoint', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 2 }), (pieces) => {
        expect(read(soFar(pieces), true)).toBe(pieces.join(''));
      }),
    );
  });

  it('is detected at a suspected endpoint that sends every delta twice', () => {
    const deltas = soFar(PIECES).flatMap((text) => [text, text]);
    expect(read(deltas, true)).toBe(PIECES.join(''));
  });

  it('can become incremental, and then nothing is removed', () => {
    expect(read([...soFar(PIECES), ' More', ' text'])).toBe(`${PIECES.join('')} More text`);
  });
});

describe('an incremental stream', () => {
  it.each([
    [['ha', 'ha']],
    [['ha', 'haha', 'hahaha']],
    [['1', '11', '111', '1111', '11111', '111111', '1111111']],
    [['1', '10', '100']],
    [['a', 'ab']],
    [['O', 'OK']],
    [['Bye', 'Bye-bye', ' then']],
    [['No. ', 'No. No. ', 'No. No. No. ', 'No. No. No. No. ', 'No. No. No. No. No. ', 'Yes.']],
    [['I will not shout.\n', 'I will not shout.\n'.repeat(2), 'I will not shout.\n'.repeat(3)]],
    [['(', '(a', ' + b) * c)']],
    [['Good morning', 'Good morning to you', ' all']],
  ])('is not altered: %j', (deltas) => {
    expect(read(deltas)).toBe(deltas.join(''));
  });

  it('is not altered by anything after a second delta that does not begin with the first', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b') }), { minLength: 2 }),
        fc.boolean(),
        (deltas, suspected) => {
          const [first = '', second = ''] = deltas.filter((delta) => delta !== '');
          fc.pre(!second.startsWith(first));
          expect(read(deltas, suspected)).toBe(deltas.join(''));
        },
      ),
    );
  });

  it('is not altered if its text repeats one period, wherever it is cut', () => {
    const period = fc.string({ minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(period, fc.array(fc.integer({ min: 1, max: 30 })), (text, lengths) => {
        let rest = text.repeat(1000);
        const deltas = lengths.map((length) => {
          const delta = rest.slice(0, length);
          rest = rest.slice(length);
          return delta;
        });
        expect(read(deltas)).toBe(deltas.join(''));
      }),
    );
  });

  it('is not altered if its deltas do not get longer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 3, maxLength: 3 })),
        (deltas) => {
          expect(read(deltas, true)).toBe(deltas.join(''));
        },
      ),
    );
  });

  it('is held back for 32 deltas at most', () => {
    const increments = createIncrements({ suspected: false });
    const deltas = Array.from({ length: 40 }, (_, index) => 'ha'.repeat(index + 1));
    const shown = deltas.map((delta) => increments.push(delta));
    const heldCap = 32;
    expect(shown.findLastIndex((text) => text === '')).toBe(heldCap - 1);
    expect(shown.join('')).toBe(deltas.join(''));
  });

  it('is not held back if its first two deltas are the same', () => {
    const increments = createIncrements({ suspected: false });
    expect(['ha', 'ha', 'ha'].map((delta) => increments.push(delta))).toEqual(['ha', 'ha', 'ha']);
  });
});
