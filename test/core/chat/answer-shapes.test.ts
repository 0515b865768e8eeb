import { describe, expect, it } from 'vitest';
import { ask, askSdk, bothWays, type Choice, events, whole } from '../../helpers/chat-exchange.ts';

const part = (text: string) => ({ type: 'text', text });

describe('the text of an answer, whole and streamed', () => {
  it.each<[string, unknown, Choice, object]>([
    ['a list of strings', { content: ['a', 'b'] }, {}, { content: 'ab' }],
    ['a list of parts', { content: [part('a'), part('b')] }, {}, { content: 'ab' }],
    ['one part', { content: part('ab') }, {}, { content: 'ab' }],
    ['a text with a value', { content: [{ text: { value: 'ab' } }] }, {}, { content: 'ab' }],
    ['an object that is no part', { content: { a: 1 } }, {}, { content: '{"a":1}' }],
    ['audio', { content: null, audio: { transcript: 'ab' } }, {}, { content: 'ab' }],
    ['the text of its choice', undefined, { text: 'ab' }, { content: 'ab' }],
    ['a refusal', { content: null, refusal: 'no' }, {}, { content: 'no', refusal: 'no' }],
    [
      'a part that refuses',
      { content: [{ type: 'refusal', refusal: 'no' }] },
      {},
      { refusal: 'no' },
    ],
    [
      'a part that thinks',
      { content: [{ type: 'thinking', thinking: [part('hm')] }, part('ab')] },
      {},
      { content: 'ab', reasoning: 'hm' },
    ],
    ['a message with its thinking', { content: 'ab', thinking: 'hm' }, {}, { reasoning: 'hm' }],
    [
      'a message with its reasoning in an object',
      { content: 'ab', reasoning: { content: 'hm' } },
      {},
      { content: 'ab', reasoning: 'hm' },
    ],
    [
      'a message with details of its reasoning only',
      { content: 'ab', reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] },
      {},
      { content: 'ab', reasoning: 'hm' },
    ],
    [
      'a function call',
      { content: null, function_call: { name: 'f', arguments: '{}' } },
      { finish_reason: 'function_call' },
      { tool_calls: [{ id: undefined, name: 'f', arguments: '{}' }] },
    ],
    ['no tool calls in an object', { content: 'ab', tool_calls: {} }, {}, { content: 'ab' }],
    [
      'a tool call with a number for its id',
      { tool_calls: [{ id: 7, function: { name: 'f', arguments: '{}' } }] },
      {},
      { tool_calls: [{ id: '7', name: 'f', arguments: '{}' }] },
    ],
    ['the index 1', { content: 'ab' }, { index: 1 }, { content: 'ab' }],
    ['the text of its message', { text: 'ab' }, {}, { content: 'ab' }],
    [
      'usage beside the message',
      { content: 'ab' },
      { usage: { total_tokens: 3 } },
      { usage: { total_tokens: 3 } },
    ],
    ['the index as text', { content: 'ab' }, { index: '0' }, { content: 'ab' }],
    ['a text in place of the message', 'ab', {}, { content: 'ab' }],
    ['a list with the message', [{ content: 'ab' }], {}, { content: 'ab' }],
    ['a number', { content: 42 }, {}, { content: '42' }],
    [
      'a part with its content',
      { content: [{ type: 'text', content: 'ab' }] },
      {},
      { content: 'ab' },
    ],
    ['tool calls in a text', { content: 'ab', tool_calls: '[]' }, {}, { content: 'ab' }],
    ['tool calls that are an empty text', { content: 'ab', tool_calls: '' }, {}, { content: 'ab' }],
    ['tool calls that are false', { content: 'ab', tool_calls: false }, {}, { content: 'ab' }],
    ['tool calls with a null', { content: 'ab', tool_calls: [null] }, {}, { tool_calls: [] }],
    [
      'a call without an object for its function',
      { tool_calls: [{ id: 'i', name: 'f', arguments: '{}' }] },
      {},
      { tool_calls: [{ id: 'i', name: 'f', arguments: '{}' }] },
    ],
    [
      'a call of a custom tool',
      { tool_calls: [{ id: 'i', type: 'custom', custom: { name: 'f', input: 'x' } }] },
      {},
      { tool_calls: [{ id: 'i', name: 'f', arguments: 'x' }] },
    ],
    [
      'a choice with a reason in an object',
      { content: 'ab' },
      { finish_reason: { type: 'stop' } },
      { finish_reason: 'stop' },
    ],
    [
      'a choice with a reason by number',
      { content: 'ab' },
      { finish_reason: 1 },
      { finish_reason: '1' },
    ],
  ])('is found in %s', async (_, message, more, expected) => {
    for (const [form, answer] of bothWays(message, more)) {
      const ours = (await ask(answer)).answer;
      expect(ours, form).toMatchObject(expected);
      const text = await askSdk(answer, form === 'streamed');
      if (text !== undefined) expect(ours?.content, form).toBe(text);
    }
  });

  it.each([
    ['a number for its id', { id: 7 }, { request_id: '7' }],
    ['a number for its model', { model: 7 }, { model: '7' }],
    ['a model that is null', { model: null }, { model: 'asked' }],
    ['a text for the time', { created: '2026-01-01' }, {}],
    ['counts as texts', { usage: { prompt_tokens: '3' } }, { usage: { prompt_tokens: 3 } }],
    ['usage that is a text', { usage: 'none' }, { usage: undefined }],
    ['an object for its model', { model: { name: 'm' } }, { model: 'm' }],
    ['an error that is null', { error: null }, {}],
    ['an error without a field', { error: {} }, {}],
    ['an error without a value', { error: { code: null, message: '' } }, {}],
    ['an error that is an empty list', { error: [] }, {}],
    ['a base_resp of success', { base_resp: { status_code: 0, status_msg: 'success' } }, {}],
    ['errors without an item', { success: true, errors: [] }, {}],
    ['a code of success', { code: 0, message: 'Success' }, {}],
    ['a code of success as text', { code: 'Success', message: 'ok' }, {}],
  ])('is read beside %s', async (_, top, expected) => {
    for (const [form, answer] of bothWays({ content: 'ab' }, {}, top)) {
      expect((await ask(answer)).answer, form).toMatchObject({ content: 'ab', ...expected });
    }
  });
});

describe('an answer in an envelope', () => {
  const choices = [{ message: { content: 'ab' }, finish_reason: 'stop' }];
  it.each<[object]>([
    [{ code: 200, msg: 'success', data: { choices } }],
    [{ output: { choices }, request_id: 'r' }],
    [{ success: true, errors: [], result: { choices } }],
  ])('is read from %j', async (body) => {
    for (const answer of [whole(body), events(body)]) {
      const { content, rest } = (await ask(answer)).answer ?? {};
      expect(content).toBe('ab');
      expect(rest).not.toHaveProperty('data');
    }
  });
});

describe('what else an answer holds', () => {
  it('stays in rest, joined over the chunks of a stream', async () => {
    const audio = (data: string, transcript: string) => ({ audio: { id: 'a', data, transcript } });
    const detail = (text: string) => ({
      reasoning_details: [{ type: 'reasoning.text', text, index: 0 }],
    });
    const { answer } = await ask(
      events(
        { citations: ['u'], choices: [{ delta: { ...audio('AA', 'a'), ...detail('h') } }] },
        { citations: ['u'], choices: [{ delta: { ...audio('BB', 'b'), ...detail('m') } }] },
        {
          choices: [
            { delta: { annotations: [{ url: 'x' }] }, logprobs: { content: [{ token: 'a' }] } },
          ],
        },
        {
          service_tier: 'free',
          choices: [
            {
              delta: {
                images: [{ image_url: { url: 'data:' } }],
                content: [{ type: 'image_url' }],
              },
              logprobs: { content: [{ token: 'b' }] },
              finish_reason: 'stop',
            },
          ],
        },
      ),
    );
    expect(answer).toMatchObject({
      content: 'ab',
      rest: {
        audio: { id: 'a', data: 'AABB', transcript: 'ab' },
        reasoning_details: [{ type: 'reasoning.text', text: 'hm', index: 0 }],
        annotations: [{ url: 'x' }],
        images: [{ image_url: { url: 'data:' } }],
        content: [{ type: 'image_url' }],
        citations: ['u'],
        logprobs: { content: [{ token: 'a' }, { token: 'b' }] },
        service_tier: 'free',
      },
    });
  });

  it('stays in rest of a whole answer', async () => {
    const call = { id: 'i', function: { name: 'f', arguments: '{}' } };
    const message = {
      content: 'ab',
      annotations: [{ url: 'x' }],
      audio: null,
      images: [],
      reasoning: { summary: 's' },
      tool_calls: [{ ...call, extra_content: { google: { thought_signature: 'AA' } } }, call],
    };
    const { answer } = await ask(whole({ choices: [{ message, finish_reason: 'stop' }] }));
    expect(answer).toMatchObject({
      content: 'ab',
      rest: {
        annotations: [{ url: 'x' }],
        reasoning: { summary: 's' },
        tool_calls: [{ id: 'i', extra_content: { google: { thought_signature: 'AA' } } }],
      },
    });
    expect(answer?.rest).not.toHaveProperty('audio');
  });

  it('has the id beside that of the header, the time, and what is no count of the usage', async () => {
    const usage = {
      prompt_tokens: 3,
      completion_tokens: 1,
      prompt_tokens_details: { cached_tokens: 2, audio_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 1 },
      prompt_cache_hit_tokens: 2,
      cost: 0.001,
      queue_time: null,
    };
    const chunk = { id: 'c', created: 7, choices: [{ delta: { content: 'a' } }] };
    for (const body of [
      [chunk, { ...chunk, choices: [], usage }, '[DONE]'],
      [chunk, { choices: [{ delta: {}, finish_reason: 'stop', usage }] }],
    ]) {
      const answer = events(...body);
      const { answer: read } = await ask((response) =>
        answer(response.setHeader('x-request-id', 'h'), 1),
      );
      expect(read?.request_id).toBe('h');
      const counts = { prompt_tokens: 3, completion_tokens: 1, cached_tokens: 2 };
      expect(read?.usage).toEqual({ ...counts, reasoning_tokens: 1 });
      const others = { prompt_cache_hit_tokens: 2, cost: 0.001 };
      const left = { prompt_tokens_details: { audio_tokens: 1 }, ...others };
      expect(read?.rest).toEqual({ id: 'c', created: 7, usage: left });
    }
  });

  it('is absent for an ordinary answer', async () => {
    for (const [form, answer] of bothWays({ role: 'assistant', content: 'ab' })) {
      expect((await ask(answer)).answer, form).not.toHaveProperty('rest');
    }
  });
});
