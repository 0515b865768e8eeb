import { expect, it } from 'vitest';
import { given } from '../../src/core/given.ts';

it('given leaves out undefined fields and keeps null, false, 0 and the empty string', () => {
  const fields = { a: undefined, b: null, c: false, d: 0, e: '', f: 'text' };
  const copy = given(fields);
  expect(Object.keys(copy)).toEqual(['b', 'c', 'd', 'e', 'f']);
  expect(copy).toEqual({ b: null, c: false, d: 0, e: '', f: 'text' });
});

it('given types a field that can be undefined as an optional field', () => {
  const fields = { id: 'a', name: undefined as string | undefined };
  const copy: { id: string; name?: string } = given(fields);
  expect(copy).toEqual({ id: 'a' });
});
