import { describe, expect, it } from 'vitest';
import { type Answer, ask, events, whole } from '../../helpers/chat-exchange.ts';

type Choice = Record<string, unknown>;

/** The same choice as a whole answer and as a stream of two chunks. */
function bothWays(message: unknown, more: Choice = {}, top: object = {}): [string, Answer][] {
  const { finish_reason = 'stop', ...rest } = more;
  return [
    ['whole', whole({ choices: [{ message, finish_reason, ...rest }], ...top })],
    [
      'streamed',
      events(
        { choices: [{ delta: message, ...rest }], ...top },
        { choices: [{ delta: {}, finish_reason }] },
      ),
    ],
  ];
}

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
  ])('is found in %s', async (_, message, more, expected) => {
    for (const [form, answer] of bothWays(message, more)) {
      expect((await ask(answer)).answer, form).toMatchObject(expected);
    }
  });

  it.each([
    ['a number for its id', { id: 7 }, { request_id: '7' }],
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

describe('a failure, whole and streamed', () => {
  const boom = { message: 'boom' };
  it.each<[string, Choice, object]>([
    ['error beside a good choice', {}, { error: boom }],
    ['a text in error', {}, { error: 'boom' }],
    ['a list in error', {}, { error: [boom] }],
    ['an error in the choice', { error: { code: 502, message: 'boom' } }, {}],
    ['base_resp', {}, { base_resp: { status_code: 1004, status_msg: 'boom' } }],
    ['a native code', {}, { code: 'InternalError', message: 'boom' }],
    ['success that is false', {}, { success: false, msg: 'boom' }],
    ['an error code', {}, { error_code: 336003, error_msg: 'boom' }],
  ])('is found in %s, after what arrived', async (_, more, top) => {
    for (const [form, answer] of bothWays({ content: 'half' }, more, top)) {
      const { error, deltas } = await ask(answer);
      expect(error?.message, form).toContain('boom');
      expect(deltas, form).toEqual([{ type: 'content', text: 'half' }]);
    }
  });

  it.each([
    ['the errors of Cloudflare', { success: false, errors: [{ code: 7003, message: 'boom' }] }],
    ['a native code beside null', { choices: null, code: 'InternalError', message: 'boom' }],
    ['base_resp beside null', { choices: null, base_resp: { status_code: 1, status_msg: 'boom' } }],
  ])('is found in %s', async (_, body) => {
    for (const answer of [whole(body), events(body)]) {
      const { error } = await ask(answer);
      expect(error?.message).toContain('boom');
    }
  });

  it.each(['error', 'ABORT', 'insufficient_system_resource', 'network_error'])(
    'is found in the finish_reason %s',
    async (finish_reason) => {
      for (const [form, answer] of bothWays({ content: 'half' }, { finish_reason })) {
        const { error, deltas } = await ask(answer);
        expect(error, form).toMatchObject({ kind: 'api', code: 'error_in_answer' });
        expect(error?.message, form).toContain(finish_reason);
        expect(deltas, form).toHaveLength(1);
      }
    },
  );
});

describe('the end of a stream', () => {
  const some = { choices: [{ delta: { content: 'ab' } }] };
  const stop = { choices: [{ delta: {}, finish_reason: 'stop' }] };

  it.each<[string, Answer]>([
    ['[DONE] in quotes', events(some, '"[DONE]"')],
    ['[done] in lower case', events(some, '[done]')],
    [
      'keep-alives',
      events('ping', some, '{}', 'null', 'keep-alive', ': OPENROUTER PROCESSING', '[DONE]'),
    ],
    ['an error after the finish_reason', events(some, stop, { error: { message: 'boom' } })],
    ['half a chunk after the finish_reason', events(some, stop, '{"choices":[{"del')],
    [
      'an error word after the finish_reason',
      events(some, stop, { choices: [{ finish_reason: 'error' }] }),
    ],
    ['an empty delta in a list', events(some, { choices: [{ delta: [], finish_reason: 'stop' }] })],
    [
      'an event without its blank line',
      (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(`data: ${JSON.stringify(some)}\n\ndata: ${JSON.stringify(stop)}`);
      },
    ],
    [
      'a heartbeat of its own name',
      (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const beat = 'event: heartbeat\ndata: {"message":"alive"}\n\n';
        response.end(`${beat}data: ${JSON.stringify(some)}\n\n${beat}data: [DONE]\n\n`);
      },
    ],
  ])('is complete with %s', async (_, answer) => {
    expect(await ask(answer)).toMatchObject({ answer: { content: 'ab' } });
  });

  it('reads the choice of the first chunk and no other', async () => {
    const choice = (index: number, content: string) => ({
      choices: [{ index, delta: { content } }],
    });
    const answer = events(choice(0, 'a'), choice(1, 'x'), choice(0, 'b'), '[DONE]');
    expect(await ask(answer)).toMatchObject({ answer: { content: 'ab' } });
  });
});
