import { describe, expect, it } from 'vitest';
import { type Chunk, parseChunk } from '../../../src/core/chat/chunk.ts';
import { ProtocolError } from '../../../src/core/errors.ts';

function read(value: unknown, event = 'message'): Chunk {
  return parseChunk({ event, data: JSON.stringify(value) }, 'api.example');
}

const withDelta = (delta: unknown, more: object = {}) => ({
  choices: [{ index: 0, delta, finish_reason: null, ...more }],
});

describe('a chunk', () => {
  it('holds content', () => {
    const chunk = read({ id: 'c-1', model: 'm', usage: null, ...withDelta({ content: 'hi' }) });
    expect(chunk).toEqual({
      reasoning: '',
      content: 'hi',
      refusal: '',
      tool_calls: [],
      finish_reason: undefined,
      usage: undefined,
      has_choice: true,
      index: 0,
      id: 'c-1',
      model: 'm',
      error: undefined,
      whole: false,
    });
  });

  it.each<[string, unknown, Partial<Chunk>]>([
    ['null content', withDelta({ role: 'assistant', content: null }), { content: '' }],
    [
      'content in parts',
      withDelta({ content: [{ type: 'text', text: 'a' }, { type: 'image_url' }, { text: 'b' }] }),
      { content: 'ab' },
    ],
    [
      'reasoning_content',
      withDelta({ content: null, reasoning_content: 'hm' }),
      { reasoning: 'hm' },
    ],
    [
      'reasoning and content at once',
      withDelta({ reasoning_content: 'hm', content: 'hi' }),
      { reasoning: 'hm', content: 'hi' },
    ],
    [
      'a message in place of a delta',
      { choices: [{ message: { content: 'hi' } }] },
      { content: 'hi', whole: true },
    ],
    [
      'a message beside null',
      { choices: [{ message: 'hi', delta: null }] },
      { content: 'hi', whole: true },
    ],
    [
      'a delta beside a message',
      { choices: [{ message: { content: 'no' }, delta: { content: 'hi' } }] },
      { content: 'hi', whole: false },
    ],
    ['an index that is text', withDelta({}, { index: '0' }), { index: undefined }],
    [
      'choices beside an envelope',
      { ...withDelta({ content: 'hi' }), data: withDelta({ content: 'no' }) },
      { content: 'hi' },
    ],
    ['a type of heartbeats', { type: 'ping', ...withDelta({ content: 'hi' }) }, { content: 'hi' }],
    ['choices in an object', { choices: { 0: { text: 'hi' } } }, { content: 'hi' }],
    ['the choice itself', { choices: { text: 'hi' } }, { content: 'hi' }],
    ['no choice in an object', { choices: {} }, { has_choice: false }],
    ['an empty list', [], { has_choice: false }],
    [
      'a finish_reason that begins like none',
      withDelta({}, { finish_reason: 'none_of' }),
      { finish_reason: 'none_of' },
    ],
    [
      'a finish_reason that ends like null',
      withDelta({}, { finish_reason: 'is_null' }),
      { finish_reason: 'is_null' },
    ],
    ['a finish_reason', withDelta({}, { finish_reason: 'length' }), { finish_reason: 'length' }],
    ['an empty finish_reason', withDelta({}, { finish_reason: '' }), { finish_reason: undefined }],
    [
      'the finish_reason "null"',
      withDelta({}, { finish_reason: 'null' }),
      { finish_reason: undefined },
    ],
    ['a null delta', withDelta(null), { content: '', has_choice: true }],
    ['no choices', { choices: [] }, { has_choice: false }],
    ['null choices', { choices: null }, { has_choice: false }],
    ['an unknown object', { object: 'keepalive' }, { has_choice: false, error: undefined }],
    [
      'a null error',
      { error: null, ...withDelta({ content: 'hi' }) },
      { content: 'hi', error: undefined },
    ],
    [
      'its only choice, whatever its index',
      { choices: [{ index: 1, delta: { content: 'yes' } }] },
      { content: 'yes', has_choice: true },
    ],
    [
      'several choices',
      {
        choices: [
          { index: 1, delta: { content: 'no' } },
          { index: 0, delta: { content: 'yes' } },
        ],
      },
      { content: 'yes' },
    ],
    [
      'several choices, the first without an index',
      { choices: [{ text: 'yes' }, { index: 0, text: 'no' }] },
      { content: 'yes' },
    ],
    ['several choices that are texts', { choices: ['yes', { index: 0 }] }, { content: 'yes' }],
    [
      'several choices with other indices',
      { choices: [{ index: 1, text: 'yes' }, { index: 2 }] },
      { content: 'yes' },
    ],
  ])('is read with %s', (_what, value, expected) => {
    expect(read(value)).toMatchObject(expected);
  });

  it('has no choice if none has the index that is asked for', () => {
    const data = JSON.stringify({ choices: [{ index: 0, text: 'no' }] });
    const chunk = parseChunk({ event: 'message', data }, 'api.example', 1);
    expect(chunk).toMatchObject({ content: '', has_choice: false });
  });

  it('holds usage without a choice', () => {
    const usage = {
      prompt_tokens: 9,
      completion_tokens: 2,
      total_tokens: '11',
      prompt_tokens_details: { cached_tokens: 4, audio_tokens: null },
      completion_tokens_details: { reasoning_tokens: 1 },
    };
    expect(read({ choices: [], usage }).usage).toEqual({
      prompt_tokens: 9,
      completion_tokens: 2,
      total_tokens: 11,
      cached_tokens: 4,
      reasoning_tokens: 1,
    });
  });

  it.each([
    {},
    null,
    'none',
    { prompt_tokens: 'nine' },
    { prompt_tokens: '9x', completion_tokens: 'x9' },
    { prompt_tokens: [9], completion_tokens: null },
    { completion_tokens: 1e308 },
  ])('has no usage if the field is %j', (usage) => {
    expect(read({ choices: [], usage }).usage).toBeUndefined();
  });
});

describe('an error in place of a chunk', () => {
  it.each([
    [
      'an envelope',
      { error: { code: 'c', message: 'm', type: 't' } },
      { code: 'c', others: ['t'], message: 'm' },
    ],
    ['an envelope beside choices', { error: { message: 'm' }, choices: [] }, { message: 'm' }],
    [
      'a type alone',
      { error: { message: 'm', type: 't', code: null } },
      { code: 't', message: 'm' },
    ],
    ['a status for a code', { error: { message: 'm', code: 429 } }, { status: 429, message: 'm' }],
    ['a string', { error: 'gone' }, { message: 'gone' }],
    [
      'the native form',
      { code: 'C', message: 'm', request_id: 'r' },
      { code: 'C', message: 'm', request_id: 'r' },
    ],
    [
      'the object "error" of vLLM',
      { object: 'error', message: 'm', code: 400 },
      { status: 400, message: 'm' },
    ],
    ['a list', [{ error: { message: 'm' } }], { message: 'm' }],
    ['a heartbeat', { type: 'ping', error: { message: 'm' } }, { message: 'm' }],
  ])('is found in %s', (_what, value, expected) => {
    expect(read(value).error).toEqual(expected);
  });

  it.each([
    ['{"code":"Throttling","message":"slow"}', { code: 'Throttling', message: 'slow' }],
    ['{"error":{"message":"slow"}}', { message: 'slow' }],
    [
      'Throttling.RateQuota: slow',
      { code: 'Throttling.RateQuota', message: 'Throttling.RateQuota: slow' },
    ],
    ['it is late', { message: 'it is late' }],
    ['{"half', { message: '{"half' }],
  ])('is found in an event named error with the data %j', (data, expected) => {
    expect(parseChunk({ event: 'error', data }, 'api.example').error).toEqual(expected);
  });

  it.each(['upstream request timeout', 'gone -- away'])('is found in plain text: %s', (data) => {
    expect(parseChunk({ event: 'message', data }, 'api.example')).toEqual({
      reasoning: '',
      content: '',
      refusal: '',
      tool_calls: [],
      has_choice: false,
      whole: false,
      error: { message: data },
    });
  });

  it('is found in the content of a chunk with the finish_reason error_finish', () => {
    const chunk = read(
      withDelta({ content: 'Throttling: TPM(2/1)' }, { finish_reason: 'error_finish' }),
    );
    expect(chunk.error).toEqual({ code: 'Throttling', message: 'Throttling: TPM(2/1)' });
    expect(chunk.content).toBe('');
  });
});

describe('a malformed chunk', () => {
  it.each([
    ['{"choices":[{"delta":{"content":"h', /not JSON/],
    ['"hi"', /not a JSON object/],
    ['{"choices":"hi"}', /choices that are not a list/],
    ['{"choices":[42]}', /a choice that is not an object/],
    ['{"choices":[{"delta":42}]}', /a delta that is not an object/],
    ['{"choices":[{"message":42}]}', /a message that is not an object/],
    ['{"choices":[{"delta":{"tool_calls":"x"}}]}', /tool calls that are not a list/],
    ['{"choices":[{"delta":{"tool_calls":["x"]}}]}', /a tool call that is not an object/],
  ])('is an error and is not skipped: %s', (data, message) => {
    const parsing = () => parseChunk({ event: 'message', data }, 'api.example');
    expect(parsing).toThrow(ProtocolError);
    expect(parsing).toThrow(/^api\.example sent an answer that /);
    expect(parsing).toThrow(message);
  });
});
