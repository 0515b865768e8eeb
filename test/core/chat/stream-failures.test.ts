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
