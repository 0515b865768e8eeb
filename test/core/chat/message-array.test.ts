import { describe, expect, it } from 'vitest';
import { parseMessageArray } from '../../../src/core/chat/message-array.ts';
import { UsageError } from '../../../src/core/errors.ts';

describe('a message array', () => {
  it('is taken as it is, with what is not known here', () => {
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
    ['half a text', '[{"role"', 'm.json is not JSON'],
    ['an object', '{"messages":[]}', 'm.json is no message array'],
    ['no messages', '[]', 'm.json is no message array'],
    ['a role that nobody has', '[{"role":"bot","content":""}]', 'at 0.role'],
    ['content of another kind', '[{"role":"user","content":7}]', 'at 0.content'],
    ['a part without a type', '[{"role":"user","content":[{}]}]', 'at 0.content'],
  ])('is refused when it is %s', (_, text, words) => {
    const parse = () => parseMessageArray(text, 'm.json');
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(words);
  });
});
