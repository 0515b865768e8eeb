import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { AccessSource } from '../../../src/core/api/access.ts';
import { createApiRequest } from '../../../src/core/api/request.ts';
import type { ChatDelta, ChatOptions } from '../../../src/core/chat/answer.ts';
import { createChat } from '../../../src/core/chat/client.ts';
import {
  ApiError,
  NetworkError,
  ProtocolError,
  type QwenDemoError,
  QuotaError,
} from '../../../src/core/errors.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { bodyOf, loopback } from '../../helpers/loopback.ts';

type Answer = (response: ServerResponse) => unknown;

interface Outcome {
  deltas: ChatDelta[];
  answer?: Awaited<ReturnType<ReturnType<typeof createChat>>>;
  error?: QwenDemoError;
  sent: unknown;
  hungUp: Promise<void>;
}

/** One question to a server that answers as told. */
async function ask(answer: Answer, more: { stream?: boolean } & ChatOptions = {}) {
  let sent: unknown;
  let hungUp: Promise<void> = Promise.resolve();
  await using server = await loopback(async (request, response) => {
    sent = JSON.parse(await bodyOf(request));
    hungUp = new Promise((resolve) => response.once('close', resolve));
    await answer(response);
  });
  const access: AccessSource = {
    get: async () => ({ endpoint: `${server.url}/v1`, bearer: 'sk-secret-key', auth_type: 'openai' }),
    renew: async () => undefined,
  };
  const send = createTransport({ timeouts: { body: 1000 } });
  const request = createApiRequest({ send, access, user_agent: 'test' });
  const chat = createChat({ request, clock: new FakeClock() });
  const deltas: ChatDelta[] = [];
  const { stream = true, signal, onDelta = (delta) => void deltas.push(delta) } = more;
  const question = { model: 'asked', messages: [{ role: 'user' as const, content: 'hi' }], stream };
  const outcome: Outcome = { deltas, sent, hungUp };
  try {
    outcome.answer = await chat(question, { signal, onDelta });
  } catch (error) {
    outcome.error = error as QwenDemoError;
  }
  return Object.assign(outcome, { sent, hungUp });
}

const STREAM = { 'content-type': 'text/event-stream; charset=utf-8' };

/** The events of a stream, `[DONE]` among them where it is wanted. */
const events =
  (...values: unknown[]): Answer =>
  (response) => {
    response.writeHead(200, STREAM);
    for (const value of values) {
      response.write(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
    }
    response.end();
  };

const whole =
  (body: unknown, type = 'application/json', status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': type });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

const delta = (fields: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta: fields, finish_reason }],
});
const text = (content: string) => delta({ content });
const STOP = delta({}, 'stop');
const text_of = (deltas: ChatDelta[]) =>
  deltas.map((piece) => (piece.type === 'content' ? piece.text : '')).join('');

describe('a streamed answer', () => {
  it('is asked for with its usage', async () => {
    const { sent } = await ask(events(STOP, '[DONE]'));
    expect(sent).toEqual({
      model: 'asked',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('is delivered delta by delta and returned whole', async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
    const { deltas, answer } = await ask(
      events(
        { id: 'chatcmpl-1', model: 'real', ...delta({ role: 'assistant', content: '' }) },
        delta({ reasoning_content: 'hm' }),
        text('Hel'),
        text('lo'),
        delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'read', arguments: '{}' } }] }),
        STOP,
        { choices: [], usage },
        '[DONE]',
      ),
    );
    expect(deltas).toEqual([
      { type: 'reasoning', text: 'hm' },
      { type: 'content', text: 'Hel' },
      { type: 'content', text: 'lo' },
      { type: 'tool_call', index: 0, id: 'a', name: 'read', arguments: '{}' },
    ]);
    expect(answer).toMatchObject({
      model: 'real',
      content: 'Hello',
      reasoning: 'hm',
      tool_calls: [{ id: 'a', name: 'read', arguments: '{}' }],
      finish_reason: 'stop',
      usage,
      request_id: 'chatcmpl-1',
      streamed: true,
      chunks: 4,
    });
    expect(answer?.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  });

  it.each([
    ['with a finish_reason and no [DONE]', [text('hi'), STOP]],
    ['with [DONE] and no finish_reason', [text('hi'), '[DONE]']],
    ['with spaces around [DONE] and empty events', [text('hi'), '', '[DONE]  ']],
  ])('is complete %s', async (_what, stream) => {
    expect((await ask(events(...stream))).answer?.content).toBe('hi');
  });

  it.each(['length', 'content_filter', 'tool_calls'])('may end with %s', async (reason) => {
    const { answer } = await ask(events(text('hi'), delta({}, reason), '[DONE]'));
    expect(answer).toMatchObject({ content: 'hi', finish_reason: reason });
  });

  it('ends at [DONE] though the server keeps the connection open', async () => {
    const { answer, hungUp } = await ask((response) => {
      response.writeHead(200, STREAM);
      response.write(`data: ${JSON.stringify(STOP)}\n\ndata: [DONE]\n\ndata: {"error":"late"}\n\n`);
    });
    expect(answer?.finish_reason).toBe('stop');
    await hungUp;
  });

  it('counts as complete when the connection breaks after the finish_reason', async () => {
    const { answer } = await ask((response) => {
      response.writeHead(200, STREAM);
      response.write(`data: ${JSON.stringify(text('hi'))}\n\ndata: ${JSON.stringify(STOP)}\n\n`, () =>
        response.destroy(),
      );
    });
    expect(answer?.content).toBe('hi');
  });

  it('counts as complete when the server falls silent after the finish_reason', async () => {
    const { answer, hungUp } = await ask((response) => {
      response.writeHead(200, STREAM);
      response.write(`data: ${JSON.stringify(text('hi'))}\n\ndata: ${JSON.stringify(STOP)}\n\n`);
    });
    expect(answer?.content).toBe('hi');
    await hungUp;
  });

  it('is cleared of repetition when it is cumulative', async () => {
    const pieces = ['One', 'One two', 'One two three', 'One two three four'];
    const { deltas, answer } = await ask(events(...pieces.map(text), STOP, '[DONE]'));
    expect(answer?.content).toBe('One two three four');
    expect(text_of(deltas)).toBe('One two three four');
  });

  it('may have no data space, CRLF, comments, ids and names, and be cut anywhere', async () => {
    const bytes = Buffer.from(
      [': ping', `id:1\r\nevent:message\r\ndata:${JSON.stringify(text('héllo'))}`, 'data:[DONE]', '']
        .join('\r\n\r\n'),
    );
    const { answer } = await ask(async (response) => {
      response.writeHead(200, STREAM);
      for (const byte of bytes) {
        await new Promise<void>((resolve) => {
          response.write(Uint8Array.of(byte), () => resolve());
        });
      }
      response.end();
    });
    expect(answer?.content).toBe('héllo');
  });

  it('is read no faster than its reader takes it', async () => {
    const taken: string[] = [];
    let busy = 0;
    const { answer } = await ask(events(...Array.from({ length: 50 }, () => text('x')), '[DONE]'), {
      onDelta: async (piece) => {
        busy += 1;
        expect(busy).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        taken.push(piece.type);
        busy -= 1;
      },
    });
    expect(taken).toHaveLength(50);
    expect(answer?.chunks).toBe(50);
  });
});

describe('a stream that goes wrong', () => {
  it.each<[string, Answer, string]>([
    ['ends early', events(text('Hel'), text('lo')), 'Hello'],
    ['ends before anything', events(), ''],
    ['ends within an event', (response) => {
      response.writeHead(200, STREAM);
      response.end(`data: ${JSON.stringify(text('Hello'))}\n\ndata: ${JSON.stringify(STOP)}`);
    }, 'Hello'],
    ['breaks off', (response) => {
      response.writeHead(200, STREAM);
      response.write(`data: ${JSON.stringify(text('Hello'))}\n\n`, () => response.destroy());
    }, 'Hello'],
  ])('because it %s is truncated, and what arrived stays', async (_what, answer, kept) => {
    const { error, deltas } = await ask(answer);
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error?.code).toBe('truncated_stream');
    expect(error?.message).toMatch(/^The answer of 127\.0\.0\.1:\d+ broke off: /);
    expect(text_of(deltas)).toBe(kept);
  });

  it('shows what it had held back', async () => {
    const { error, deltas } = await ask(events(text('ha'), text('haha')));
    expect(error?.code).toBe('truncated_stream');
    expect(text_of(deltas)).toBe('hahaha');
  });

  it('because it falls silent is a time-out', async () => {
    const { error, deltas } = await ask((response) => {
      response.writeHead(200, STREAM);
      response.write(`data: ${JSON.stringify(text('Hel'))}\n\n`);
    });
    expect(error).toBeInstanceOf(NetworkError);
    expect(error?.code).toBe('body_timeout');
    expect(text_of(deltas)).toBe('Hel');
  });

  it.each<[string, unknown[], new (...args: never[]) => QwenDemoError, string]>([
    ['an envelope', [{ error: { message: 'boom' } }], ApiError, 'error_in_answer'],
    ['a string', [{ error: 'boom' }], ApiError, 'error_in_answer'],
    ['the native form', [{ code: 'InternalError', message: 'boom' }], ApiError, 'error_in_answer'],
    ['error_finish', [delta({ content: 'Throttling: boom' }, 'error_finish')], QuotaError, 'rate_limited'],
    ['a status in it', [{ error: { message: 'boom', code: 429 } }], QuotaError, 'rate_limited'],
    ['half a chunk', ['{"choices":[{"delta"'], ProtocolError, 'malformed_answer'],
  ])('with an error as %s, after text', async (_what, frames, kind, code) => {
    const { error, deltas } = await ask(events(text('Hel'), text('lo'), ...frames, STOP, '[DONE]'));
    expect(error).toBeInstanceOf(kind);
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(/127\.0\.0\.1/);
    expect(text_of(deltas)).toBe('Hello');
  });

  it('named by event: error', async () => {
    const { error } = await ask((response) => {
      response.writeHead(200, STREAM);
      response.end('event: error\ndata: {"code":"Arrearage","message":"pay","request_id":"r-1"}\n\n');
    });
    expect(error).toMatchObject({ kind: 'quota', code: 'arrearage', permanent: true, request_id: 'r-1' });
  });

  it('with nothing but [DONE] is no answer', async () => {
    expect((await ask(events('[DONE]'))).error?.code).toBe('empty_answer');
  });

  it('stops when the caller does, with the reason of the caller', async () => {
    const caller = new AbortController();
    const reason = new Error('enough');
    const { error, hungUp } = await ask(
      (response) => {
        response.writeHead(200, STREAM);
        response.write(`data: ${JSON.stringify(text('Hel'))}\n\n`);
      },
      { signal: caller.signal, onDelta: () => caller.abort(reason) },
    );
    expect(error).toBe(reason);
    await hungUp;
  });
});

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
  it('comes as one delta of each kind', async () => {
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

  it('may carry tool calls and no content', async () => {
    const tool_calls = [{ id: 'a', type: 'function', function: { name: 'read', arguments: '{}' } }];
    const choices = [{ message: { content: null, tool_calls }, finish_reason: 'tool_calls' }];
    const { deltas, answer } = await ask(whole({ choices }), { stream: false });
    expect(deltas).toEqual([
      { type: 'tool_call', index: 0, id: 'a', name: 'read', arguments: '{}' },
    ]);
    expect(answer).toMatchObject({ model: 'asked', content: '', usage: undefined });
  });

  it.each([
    ['application/json'],
    ['text/event-stream'],
    ['text/plain'],
  ])('is taken in place of a stream, even as %s', async (type) => {
    const { answer } = await ask(whole(COMPLETION, type));
    expect(answer).toMatchObject({ content: 'Hello', streamed: false });
  });

  it('may come as a stream though none was asked for', async () => {
    const { answer } = await ask(events(text('hi'), '[DONE]'), { stream: false });
    expect(answer).toMatchObject({ content: 'hi', streamed: true });
  });

  it.each<[string, Answer, string, string]>([
    ['an error with status 200', whole({ error: { message: 'boom' } }), 'api', 'error_in_answer'],
    ['a native error with status 200', whole({ code: 'InvalidApiKey', message: 'no' }), 'auth', 'invalid_api_key'],
    ['error_finish', whole({ choices: [{ message: { content: 'late' }, finish_reason: 'error_finish' }] }), 'api', 'error_in_answer'],
    ['no choices', whole({ choices: [] }), 'protocol', 'malformed_answer'],
    ['a choice without a message', whole({ choices: [{}] }), 'protocol', 'malformed_answer'],
    ['content that is a number', whole({ choices: [{ message: { content: 1 } }] }), 'protocol', 'malformed_answer'],
    ['half a JSON', whole('{"choices":[{"mess'), 'protocol', 'malformed_answer'],
    ['nothing', whole(''), 'protocol', 'malformed_answer'],
    ['a web page', whole('<!doctype html><title>Hi</title>', 'text/html'), 'protocol', 'html_answer'],
    ['a web page that says it is JSON', whole('\n<html></html>'), 'protocol', 'html_answer'],
    ['a page of the firewall', whole('<!doctypehtml><script>aliyun_waf_aa="x"</script>', 'text/html'), 'protocol', 'waf_page'],
  ])('is refused when it is %s', async (_what, answer, kind, code) => {
    for (const stream of [true, false]) {
      const { error, deltas } = await ask(answer, { stream });
      expect(error).toMatchObject({ kind, code });
      expect(deltas).toEqual([]);
    }
  });
});
