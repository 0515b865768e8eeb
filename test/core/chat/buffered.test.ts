import { describe, expect, it } from 'vitest';
import { type Answer, ask, events, text, whole } from '../../helpers/chat-exchange.ts';

const COMPLETION = {
  id: 'chatcmpl-2',
  model: 'real',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello', reasoning_content: 'hm' },
      finish_reason: 'stop',
    },
  ],
  usage: { total_tokens: 7 },
};

describe('a buffered answer', () => {
  it('is delivered as one delta for its reasoning and one for its content', async () => {
    const { sent, deltas, answer } = await ask(whole(COMPLETION), { stream: false });
    expect(sent).toMatchObject({ stream: false });
    expect(sent).not.toHaveProperty('stream_options');
    expect(deltas).toEqual([
      { type: 'reasoning', text: 'hm' },
      { type: 'content', text: 'Hello' },
    ]);
    expect(answer).toMatchObject({
      content: 'Hello',
      reasoning: 'hm',
      finish_reason: 'stop',
      usage: { total_tokens: 7 },
      streamed: false,
      chunks: 1,
    });
  });

  it('can hold tool calls and no content', async () => {
    const tool_calls = [{ id: 'a', type: 'function', function: { name: 'read', arguments: '{}' } }];
    const choices = [{ message: { content: null, tool_calls }, finish_reason: 'tool_calls' }];
    const { deltas, answer } = await ask(whole({ choices }), { stream: false });
    expect(deltas).toEqual([
      { type: 'tool_call', index: 0, id: 'a', name: 'read', arguments: '{}' },
    ]);
    expect(answer).toMatchObject({ model: 'asked', content: '', usage: undefined });
  });

  it.each([['application/json'], ['text/event-stream'], ['text/plain']])(
    'is accepted in place of an event stream, with the type %s',
    async (type) => {
      const { answer } = await ask(whole(COMPLETION, type));
      expect(answer).toMatchObject({ content: 'Hello', streamed: false });
    },
  );

  it('can arrive as an event stream though none was requested', async () => {
    const { answer } = await ask(events(text('hi'), '[DONE]'), { stream: false });
    expect(answer).toMatchObject({ content: 'hi', streamed: true });
  });

  it.each<[string, Answer, string, string]>([
    ['an error with status 200', whole({ error: { message: 'boom' } }), 'api', 'error_in_answer'],
    [
      'a native error with status 200',
      whole({ code: 'InvalidApiKey', message: 'no' }),
      'auth',
      'invalid_api_key',
    ],
    [
      'error_finish',
      whole({ choices: [{ message: { content: 'late' }, finish_reason: 'error_finish' }] }),
      'api',
      'error_in_answer',
    ],
    ['no choices', whole({ choices: [] }), 'protocol', 'empty_answer'],
    ['a choice without a message', whole({ choices: [{}] }), 'protocol', 'malformed_answer'],
    ['JSON that is cut off', whole('{"choices":[{"mess'), 'protocol', 'malformed_answer'],
    ['an empty body', whole(''), 'protocol', 'empty_answer'],
    [
      'a web page',
      whole('<!doctype html><title>Hi</title>', 'text/html'),
      'protocol',
      'html_answer',
    ],
    ['a web page with the type of JSON', whole('\n<html></html>'), 'protocol', 'html_answer'],
    [
      'a page of the Aliyun firewall',
      whole('<!doctypehtml><script>aliyun_waf_aa="x"</script>', 'text/html'),
      'protocol',
      'waf_page',
    ],
  ])('is an error when it is %s', async (_what, answer, kind, code) => {
    for (const stream of [true, false]) {
      const { error, deltas } = await ask(answer, { stream });
      expect(error).toMatchObject({ kind, code });
      expect(deltas).toEqual([]);
    }
  });
});
