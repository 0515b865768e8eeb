import { expect, it } from 'vitest';
import { foreignWord, WORDS } from '../../../src/core/validation/words.ts';

it('every word is a plain one of its own', () => {
  expect(WORDS.length).toBeGreaterThan(100);
  expect(new Set(WORDS).size).toBe(WORDS.length);
  for (const word of WORDS) expect(word).toMatch(/^[a-z]{5,10}$/);
  for (const word of WORDS) {
    expect(WORDS.filter((other) => other !== word && other.includes(word))).toEqual([]);
  }
});

it.each([
  ['777 otter', undefined],
  ['777 **Otter**.', undefined],
  ['777', undefined],
  ['777 walrus', 'walrus'],
  ['otter, Walrus', 'walrus'],
  ['"walrus"', 'walrus'],
  ['walruses', undefined],
])('an answer %j to a question with the word otter has the foreign word %s', (answer, word) => {
  expect(foreignWord(answer, 'What is 412 + 365? Then the word "otter".')).toBe(word);
});
