import { expect, test } from 'vitest';
import { closedJson } from '../../../src/core/chat/cut-json.ts';
import { jsonOrUndefined } from '../../../src/core/json.ts';

test.each<[string, unknown]>([
  ['{"a":"text', { a: 'text' }],
  ['{"a":"text\\', { a: 'text' }],
  ['{"a":"text\\u4f', { a: 'text' }],
  ['{"a":"\\\\u4f', { a: '\\u4f' }],
  ['{"a":"text\\\\', { a: 'text\\' }],
  ['{"a":[{"b":"c"},{"b":"d', { a: [{ b: 'c' }, { b: 'd' }] }],
  ['{"a":"}]","b', { a: '}]' }],
  ['{"a":1,"b"', { a: 1 }],
  ['{"a":1,"b":', { a: 1 }],
  ['{"a":1,"b":tru', { a: 1 }],
  ['{"a":[1,2', { a: [1] }],
  ['["a","b', ['a', 'b']],
  ['{', {}],
])('the beginning %s of a JSON text is closed', (text, value) => {
  expect(jsonOrUndefined(closedJson(text))).toEqual(value);
});

test('each beginning of a JSON text has the values that are complete in it', () => {
  const text = JSON.stringify({
    id: 'a',
    choices: [{ index: 0, message: { content: '"\u4f60\n' } }],
  });
  for (let end = 1; end <= text.length; end += 1) {
    expect(text.slice(0, end) && jsonOrUndefined(closedJson(text.slice(0, end)))).toBeTypeOf(
      'object',
    );
  }
});

test('the beginning of a text that is too deep stays as it is, however long it is', () => {
  const deep = `${'['.repeat(1_000_000)}${'[,'.repeat(1_000_000)}`;
  expect(closedJson(deep) === deep).toBe(true);
});
