import { expect, it } from 'vitest';
import { messageParts, NOTHING } from '../../../src/core/chat/message-parts.ts';

const call = { index: undefined, id: undefined, name: 'f', arguments: '' };

it.each<[object, object]>([
  [{ content: 'a' }, { content: 'a' }],
  [{ content: null }, {}],
  [{ content: true }, {}],
  [{ content: 42 }, { content: '42' }],
  [{ content: {} }, {}],
  [{ content: { text: 'a' } }, { content: 'a' }],
  [{ content: { type: 'image_url' } }, {}],
  [{ content: { type: 'text', value: 'a' } }, { content: 'a' }],
  [{ content: { a: 1 } }, { content: '{"a":1}' }],
  [{ content: ['a', null, 7, { text: 'b' }, { text: { value: 'c' } }] }, { content: 'abc' }],
  [{ content: [{ text: 7 }, { text: { value: 7 } }, { text: {} }] }, {}],
  [{ audio: { transcript: 'a' }, text: 'b' }, { content: 'a' }],
  [{ audio: { transcript: 7 }, text: 'a' }, { content: 'a' }],
  // Refusals.
  [{ refusal: 'no' }, { content: 'no', refusal: 'no' }],
  [{ content: ['a', { refusal: 'no' }, { refusal: 7 }, null] }, { content: 'ano', refusal: 'no' }],
  // Reasoning.
  [
    {
      content: [
        { type: 'thinking', text: 'a' },
        { type: 'reasoning', text: 'b' },
      ],
    },
    { reasoning: 'ab' },
  ],
  [{ content: [{ type: 'thinking', thinking: ['a', { text: 'b' }] }] }, { reasoning: 'ab' }],
  [{ content: [{ type: 'reasoning', reasoning: 'a' }, 'b'] }, { reasoning: 'a', content: 'b' }],
  [
    { content: [{ type: 'thinking', thinking: [{ type: 'thinking', text: 'a' }, 'b'] }] },
    { reasoning: 'b' },
  ],
  [{ reasoning_content: 'a', reasoning: 'a' }, { reasoning: 'a' }],
  [{ reasoning_content: '', reasoning: 'a' }, { reasoning: 'a' }],
  [{ reasoning: '', thinking: 'a' }, { reasoning: 'a' }],
  [{ thinking: '', reasoning_details: [{ text: 'a' }] }, { reasoning: 'a' }],
  [{ reasoning: '', reasoning_details: { text: 'a' } }, { reasoning: 'a' }],
  [
    { reasoning_details: [{ text: 'a' }, { summary: 'b' }, { content: 'c' }, { text: 7 }, null] },
    { reasoning: 'abc' },
  ],
  [{ reasoning_content: 'a' }, { reasoning: 'a' }],
  [{ reasoning: { content: 'a' } }, { reasoning: 'a' }],
  [{ thinking: { text: 'a' } }, { reasoning: 'a' }],
  [{ reasoning: 7 }, {}],
  // Tool calls.
  [{ tool_calls: { id: 'i', function: { name: 'f' } } }, { tool_calls: [{ ...call, id: 'i' }] }],
  [
    { tool_calls: { a: { function: 'f' }, b: { custom: { name: 'f' } } } },
    { tool_calls: [call, call] },
  ],
  [
    { tool_calls: '[{"id":7,"function":"f","arguments":{"a":1}}]' },
    { tool_calls: [{ ...call, id: '7', arguments: '{"a":1}' }] },
  ],
  [{ tool_calls: [{ index: '12', name: 'f' }] }, { tool_calls: [{ ...call, index: 12 }] }],
  [
    { tool_calls: ['1x', 'x1', -1, 0.5].map((index) => ({ index, name: 'f' })) },
    { tool_calls: [call, call, call, call] },
  ],
  [
    { tool_calls: [{ function: [] }, { name: 7 }] },
    { tool_calls: [1, 2].map(() => ({ ...call, name: undefined })) },
  ],
  [{ tool_calls: [{ name: 'f' }], function_call: { name: 'g' } }, { tool_calls: [call] }],
  [{ function_call: { name: 'f' } }, { tool_calls: [call] }],
  [{ tool_calls: [null, { name: 'f' }] }, { tool_calls: [call] }],
  [{ tool_calls: '' }, {}],
  [{ tool_calls: false }, {}],
])('the parts of %j are %j', (delta, parts) => {
  expect(messageParts({ ...delta }, {})).toEqual({ ...NOTHING, ...parts });
});

it('a choice without a message has the parts of its own text', () => {
  const parts = { reasoning: '', content: 'a', refusal: '', tool_calls: [] };
  expect(messageParts(undefined, { text: 'a' })).toEqual(parts);
  expect(messageParts(undefined, {})).toEqual({ ...parts, content: '' });
  expect(NOTHING).toEqual({ ...parts, content: '' });
});

it.each([
  ['x', 'has tool calls that are not a list'],
  [['x'], 'has a tool call that is not an object'],
  [[{ function: 7 }], 'has a function that is not an object'],
  [[{ function: ['x'] }], 'has a function that is not an object'],
])('tool calls of %j are an error', (tool_calls, message) => {
  expect(() => messageParts({ tool_calls }, {})).toThrow(message);
});

it('tool calls come in pieces, also without index, id, name or function', () => {
  const tool_calls = [
    { index: 0, id: 'call_1', type: 'function', function: { name: 'read', arguments: '{"a"' } },
    { index: 0, id: '', function: { name: '', arguments: ':1}' } },
    { function: { arguments: { b: 2 } } },
    { index: 2, id: null, function: null },
  ];
  expect(messageParts({ tool_calls }, {}).tool_calls).toEqual([
    { index: 0, id: 'call_1', name: 'read', arguments: '{"a"' },
    { index: 0, id: undefined, name: undefined, arguments: ':1}' },
    { index: undefined, id: undefined, name: undefined, arguments: '{"b":2}' },
    { index: 2, id: undefined, name: undefined, arguments: '' },
  ]);
});
