import type { ServerResponse } from 'node:http';
import OpenAI from 'openai';
import type { AccessSource } from '../../src/core/api/access.ts';
import { createApiRequest } from '../../src/core/api/request.ts';
import type { ChatDelta, ChatOptions } from '../../src/core/chat/answer.ts';
import { createChat } from '../../src/core/chat/client.ts';
import type { QwenDemoError } from '../../src/core/errors.ts';
import type { Collector } from '../../src/core/ports.ts';
import { createTransport } from '../../src/core/http/transport.ts';
import { judgeRefusal } from '../../src/core/api/refusal.ts';
import {
  createRetries,
  type Retry,
  type RetryOptions,
  withRetries,
} from '../../src/core/http/retry.ts';
import { DEFAULT_TIMEOUTS } from '../../src/core/http/timeouts.ts';
import { FakeClock } from './fake-clock.ts';
import { realRandom } from './real-world.ts';
import { bodyOf, loopback } from './loopback.ts';

/** Writes the response of the server to the request of this number, the first being 1. */
export type Answer = (response: ServerResponse, request: number) => unknown;

export interface ExchangeOptions extends ChatOptions {
  /** True by default. */
  stream?: boolean;
  clock?: FakeClock;
  /** Bytes of the answer at most. */
  max_answer?: number;
  collector?: Collector;
  /** The body time-out in ms: 10,000 by default. */
  body_timeout?: number;
  /** Further fields of the request. */
  parameters?: Record<string, unknown>;
  /** Repeats what can pass, as the program does; the announced retries. */
  retried?: Retry[];
}

interface Exchange {
  deltas: ChatDelta[];
  answer?: Awaited<ReturnType<ReturnType<typeof createChat>>>;
  error?: QwenDemoError;
  sent: unknown;
}

/**
 * Sends one chat request to a loopback server that answers with `answer`. Resolves after the
 * connection is closed.
 */
export async function ask(answer: Answer, more: ExchangeOptions = {}) {
  let sent: unknown;
  let requests = 0;
  let hungUp: Promise<void> = Promise.resolve();
  await using server = await loopback(async (request, response) => {
    sent = JSON.parse(await bodyOf(request));
    hungUp = new Promise((resolve) => response.once('close', resolve));
    requests += 1;
    await answer(response, requests);
  });
  const access: AccessSource = {
    get: async () => ({
      endpoint: `${server.url}/v1`,
      bearer: 'sk-secret-key',
      auth_type: 'openai',
    }),
    renew: async () => undefined,
  };
  const send = createTransport({ timeouts: { body: more.body_timeout ?? 10_000 } });
  const clock = more.clock ?? new FakeClock();
  const { retried } = more;
  const options: RetryOptions = {
    clock,
    random: realRandom,
    judge: judgeRefusal,
    onRetry: (retry) => retried?.push(retry),
  };
  const request = createApiRequest({
    send: retried ? withRetries(send, options) : send,
    access,
    user_agent: 'test',
  });
  const retries = () => createRetries(options, DEFAULT_TIMEOUTS);
  const chat = createChat({
    request,
    clock,
    max_answer: more.max_answer,
    collector: more.collector,
    ...(retried && { retries }),
  });
  const deltas: ChatDelta[] = [];
  const {
    stream = true,
    signal,
    raw_thinking,
    onDelta = (delta) => void deltas.push(delta),
  } = more;
  const messages = [{ role: 'user' as const, content: 'hi' }];
  const question = { model: 'asked', messages, stream, parameters: more.parameters ?? {} };
  const exchange: Exchange = { deltas, sent };
  try {
    exchange.answer = await chat(question, { signal, raw_thinking, onDelta });
  } catch (error) {
    exchange.error = error as QwenDemoError;
  }
  // Also after an error, the client closes the connection.
  await hungUp;
  return Object.assign(exchange, { sent, requests });
}

/**
 * The text that the SDK of OpenAI reads from the same response; undefined if it reports an error or
 * finds no text.
 */
export async function askSdk(answer: Answer, stream: boolean): Promise<string | undefined> {
  await using server = await loopback((_, response) => answer(response, 1));
  const sdk = new OpenAI({
    baseURL: `${server.url}/v1`,
    apiKey: 'none',
    maxRetries: 0,
    logLevel: 'off',
  });
  const question = { model: 'asked', messages: [{ role: 'user' as const, content: 'hi' }] };
  try {
    const texts: unknown[] = [];
    if (stream) {
      const chunks = await sdk.chat.completions.create({ ...question, stream });
      for await (const chunk of chunks) texts.push(chunk.choices?.[0]?.delta?.content ?? '');
    } else {
      const whole = await sdk.chat.completions.create(question);
      texts.push(whole.choices?.[0]?.message?.content ?? '');
    }
    return texts.every((text) => typeof text === 'string')
      ? texts.join('') || undefined
      : undefined;
  } catch {
    return undefined;
  }
}

export const STREAM = { 'content-type': 'text/event-stream; charset=utf-8' };

/** An event stream with one event for each value. A string such as `[DONE]` is sent as it is. */
export const events =
  (...values: unknown[]): Answer =>
  (response) => {
    response.writeHead(200, STREAM);
    for (const value of values) {
      response.write(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
    }
    response.end();
  };

/** A response with a whole body: a string, or the JSON of any other value. */
export const whole =
  (body: unknown, type = 'application/json', status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': type });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

/** A chunk with a delta. */
export const delta = (fields: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta: fields, finish_reason }],
});
/** A chunk with content. */
export const text = (content: string) => delta({ content });
/** The last chunk of a complete answer. */
export const STOP = delta({}, 'stop');
/** The content of all deltas, joined. */
export const textOf = (deltas: ChatDelta[]) =>
  deltas.map((piece) => (piece.type === 'content' ? piece.text : '')).join('');

/** Fields of a choice. */
export type Choice = Record<string, unknown>;

/** The same choice as a whole answer and as a stream of two chunks. */
export function bothWays(
  message: unknown,
  more: Choice = {},
  top: object = {},
): [string, Answer][] {
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

/** A response with these bytes. */
export const bytes =
  (body: string, type = 'text/event-stream'): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': type });
    response.end(body);
  };
