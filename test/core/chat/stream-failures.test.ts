import { describe, expect, it } from 'vitest';
import {
  ApiError,
  NetworkError,
  ProtocolError,
  type QwenDemoError,
  QuotaError,
} from '../../../src/core/errors.ts';
import {
  type Answer,
  ask,
  delta,
  events,
  STOP,
  STREAM,
  text,
  textOf,
  whole,
} from '../../helpers/chat-exchange.ts';

describe('a streamed answer that fails', () => {
  it.each<[string, Answer, string]>([
    ['ends without a finish_reason', events(text('Hel'), text('lo')), 'Hello'],
    ['ends without an event', events(), ''],
    [
      'ends within an event',
      (response) => {
        response.writeHead(200, STREAM);
        response.end(
          `data: ${JSON.stringify(text('Hello'))}\n\ndata: ${JSON.stringify(STOP).slice(0, -1)}`,
        );
      },
      'Hello',
    ],
    [
      'loses its connection',
      (response) => {
        response.writeHead(200, STREAM);
        response.write(`data: ${JSON.stringify(text('Hello'))}\n\n`, () => response.destroy());
      },
      'Hello',
    ],
  ])(
    'is truncated if it %s, and the text that arrived is delivered',
    async (_what, answer, kept) => {
      const { error, deltas } = await ask(answer);
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error?.code).toBe('truncated_stream');
      expect(error?.message).toMatch(/^The answer of 127\.0\.0\.1:\d+ broke off: /);
      expect(textOf(deltas)).toBe(kept);
    },
  );

  it.each([
    ['truncated_stream', []],
    ['error_in_answer', [{ error: 'boom' }]],
  ])('delivers the text that was held back before it fails with %s', async (code, end) => {
    const { error, deltas } = await ask(events(text('ha'), text('haha'), ...end));
    expect(error?.code).toBe(code);
    expect(textOf(deltas)).toBe('hahaha');
  });

  it('is a time-out if the server stops sending', async () => {
    const { error, deltas } = await ask(
      (response) => {
        response.writeHead(200, STREAM);
        response.write(`data: ${JSON.stringify(text('Hel'))}\n\n`);
      },
      { body_timeout: 500 },
    );
    expect(error).toBeInstanceOf(NetworkError);
    expect(error?.code).toBe('body_timeout');
    expect(textOf(deltas)).toBe('Hel');
  });

  it.each<[string, unknown[], new (...args: never[]) => QwenDemoError, string]>([
    ['as an envelope', [{ error: { message: 'boom' } }], ApiError, 'error_in_answer'],
    ['as a string', [{ error: 'boom' }], ApiError, 'error_in_answer'],
    ['in the native form', [{ code: 'InternalError', message: 'boom' }], ApiError, 'server_error'],
    [
      'as error_finish',
      [delta({ content: 'Throttling: boom' }, 'error_finish')],
      QuotaError,
      'rate_limited',
    ],
    [
      'with a status in it',
      [{ error: { message: 'boom', code: 429 } }],
      QuotaError,
      'rate_limited',
    ],
    ['as a chunk that is cut off', ['{"choices":[{"delta"'], ProtocolError, 'malformed_answer'],
  ])('throws an error that is sent %s after text', async (_what, frames, kind, code) => {
    const { error, deltas } = await ask(events(text('Hel'), text('lo'), ...frames, STOP, '[DONE]'));
    expect(error).toBeInstanceOf(kind);
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(/127\.0\.0\.1/);
    expect(textOf(deltas)).toBe('Hello');
  });

  it('throws an error that is sent as an event named error', async () => {
    const { error } = await ask((response) => {
      response.writeHead(200, STREAM);
      response.end(
        'event: error\ndata: {"code":"Arrearage","message":"pay","request_id":"r-1"}\n\n',
      );
    });
    expect(error).toMatchObject({
      kind: 'quota',
      code: 'arrearage',
      permanent: true,
      request_id: 'r-1',
    });
  });

  it('is empty_answer if it holds only [DONE]', async () => {
    expect((await ask(events('[DONE]'))).error?.code).toBe('empty_answer');
  });

  it('stops if the caller aborts, with the reason of the caller', async () => {
    const caller = new AbortController();
    const reason = new Error('enough');
    const { error } = await ask(
      (response) => {
        response.writeHead(200, STREAM);
        response.write(`data: ${JSON.stringify(text('Hel'))}\n\n`);
      },
      { signal: caller.signal, onDelta: () => caller.abort(reason) },
    );
    expect(error).toBe(reason);
  });
});

describe('a failure with status 200', () => {
  it.each<[string, string, object]>([
    ['auth', 'invalid_api_key', { status: '434', msg: 'Invalid apiKey', body: null }],
    ['auth', 'invalid_api_key', { status: '439', msg: 'Your API Token has expired.', body: null }],
    ['quota', 'rate_limited', { status: 449, msg: 'You exceeded your current rate limit' }],
    ['api', 'overloaded', { code: '500', msg: '系统繁忙', data: null }],
    ['quota', 'rate_limited', { statusCode: 429, message: 'boom' }],
    ['api', 'error_in_answer', { errorCode: 'X1', errorMessage: 'boom' }],
    ['api', 'error_in_answer', { status: 'error', error_message: 'boom' }],
    ['api', 'error_in_answer', { Message: 'boom' }],
    ['api', 'error_in_answer', { err: 'boom' }],
    ['api', 'error_in_answer', { header: { code: 10013, message: 'boom', sid: 's' } }],
    ['api', 'error_in_answer', { Response: { Error: { Code: 'X', Message: 'boom' } } }],
    [
      'auth',
      'invalid_api_key',
      { ResponseMetadata: { RequestId: 'r', Error: { Code: 'InvalidApiKey', Message: 'boom' } } },
    ],
  ])('is of kind %s with code %s if the body is %j', async (kind, code, body) => {
    for (const answer of [whole(body), events(body)]) {
      expect((await ask(answer)).error).toMatchObject({ kind, code });
    }
  });

  it.each([
    ['upstream request timeout', 'server_error'],
    ['Internal Server Error', 'server_error'],
    ['Rate limit reached: wait', 'rate_limited'],
  ])('is found in the words %j in place of a chunk', async (words, code) => {
    for (const before of [[], [text('a')]]) {
      const { error } = await ask(events(...before, words));
      expect(error).toMatchObject({ code });
      expect(error?.message).toContain(words);
    }
  });

  it.each(['Ollama is running', 'no healthy upstream', 'I am a teapot'])(
    'is found in the words %j in place of an answer',
    async (words) => {
      for (const type of ['text/event-stream', 'text/plain', 'application/json']) {
        const { error } = await ask((response) =>
          response.writeHead(200, { 'content-type': type }).end(`${words}\n`),
        );
        expect(error).toMatchObject({ kind: 'api', code: 'error_in_answer' });
        expect(error?.message).toContain(words);
      }
    },
  );

  it('is found in x_groq beside choices or without', async () => {
    for (const choices of [[], [{ delta: {} }]]) {
      const failed = { choices, x_groq: { id: 'r', error: 'boom' } };
      const { error } = await ask(events({ ...text('a'), x_groq: { id: 'r' } }, failed, '[DONE]'));
      expect(error?.message).toContain('boom');
    }
  });

  it('is found behind half a chunk in the same event', async () => {
    const { error } = await ask((response) =>
      response
        .writeHead(200, STREAM)
        .end('data: {"choices":[{"del\ndata: {"error":{"message":"stream_read_error"}}\n\n'),
    );
    expect(error?.message).toContain('stream_read_error');
  });

  it('is found in a field of the stream with the name error', async () => {
    const failed = 'error: {"code":500,"message":"boom"}\n\n';
    for (const before of ['', 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n']) {
      const { error } = await ask((response) =>
        response.writeHead(200, STREAM).end(before + failed),
      );
      expect(error).toMatchObject({ code: 'server_error', status: 500 });
      expect(error?.message).toContain('boom');
    }
  });

  it.each<[object]>([
    [{ id: 'i', choices: [], usage: { prompt_tokens: 3 } }],
    [{ id: 'i', choices: null }],
    [{ id: 'i', object: 'chat.completion', usage: { prompt_tokens: 3 } }],
  ])('is an empty answer if a whole one is %j', async (body) => {
    expect((await ask(whole(body), { stream: false })).error).toMatchObject({
      code: 'empty_answer',
    });
  });
});
