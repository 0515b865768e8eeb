import { describe, expect, it } from 'vitest';
import { parseMessageArray } from '../../../src/core/chat/message-array.ts';
import { UsageError } from '../../../src/core/errors.ts';

describe('a message array', () => {
  it('is returned unchanged, with fields and parts that the program does not know', () => {
    const messages = [
      { role: 'developer', content: 'short' },
      { role: 'user', content: [{ type: 'input_audio', input_audio: { data: '' } }], name: 'ada' },
      { role: 'assistant', tool_calls: [{ id: 'a' }] },
      { role: 'assistant', content: null, reasoning_content: 'hm' },
      { role: 'tool', content: '4', tool_call_id: 'a' },
    ];
    expect(parseMessageArray(JSON.stringify(messages), 'x')).toEqual(messages);
  });

  it.each([
    [
      'JSON of 100,000 levels',
      '['.repeat(100_000),
      'm.json is no message array: it is nested more than 500 levels deep',
    ],
    ['JSON that is cut off', '[{"role"', 'm.json is not JSON'],
    ['an object', '{"messages":[]}', 'm.json is no message array'],
    ['an empty array', '[]', 'm.json is no message array'],
    [
      'an array with an unknown role',
      '[{"role":"bot","content":""}]',
      ': [0].role: must be one of system,',
    ],
    [
      'an array with a number as content',
      '[{"role":"user","content":7}]',
      ': [0].content: must be a string or an array, not a number',
    ],
    [
      'an array with a part without a type',
      '[{"role":"user","content":[{}]}]',
      ': [0].content[0].type: is missing; it must be a string',
    ],
  ])('is a usage error when the text is %s', (_, text, words) => {
    const parse = () => parseMessageArray(text, 'm.json');
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(words);
  });
});
