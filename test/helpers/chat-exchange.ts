import type { ServerResponse } from 'node:http';
import type { AccessSource } from '../../src/core/api/access.ts';
import { createApiRequest } from '../../src/core/api/request.ts';
import type { ChatDelta, ChatOptions } from '../../src/core/chat/answer.ts';
import { createChat } from '../../src/core/chat/client.ts';
import type { QwenDemoError } from '../../src/core/errors.ts';
import { createTransport } from '../../src/core/http/transport.ts';
import { FakeClock } from './fake-clock.ts';
import { bodyOf, loopback } from './loopback.ts';

export type Answer = (response: ServerResponse) => unknown;

export interface Question extends ChatOptions {
  stream?: boolean;
  clock?: FakeClock;
  /** Between two pieces of the answer, in milliseconds. */
  patience?: number;
}

interface Outcome {
  deltas: ChatDelta[];
  answer?: Awaited<ReturnType<ReturnType<typeof createChat>>>;
  error?: QwenDemoError;
  sent: unknown;
}

/** One question to a server that answers as told; over when the connection is. */
export async function ask(answer: Answer, more: Question = {}) {
  let sent: unknown;
  let hungUp: Promise<void> = Promise.resolve();
  await using server = await loopback(async (request, response) => {
    sent = JSON.parse(await bodyOf(request));
    hungUp = new Promise((resolve) => response.once('close', resolve));
    await answer(response);
  });
  const access: AccessSource = {
    get: async () => ({
      endpoint: `${server.url}/v1`,
      bearer: 'sk-secret-key',
      auth_type: 'openai',
    }),
    renew: async () => undefined,
  };
  const send = createTransport({ timeouts: { body: more.patience ?? 10_000 } });
  const request = createApiRequest({ send, access, user_agent: 'test' });
  const chat = createChat({ request, clock: more.clock ?? new FakeClock() });
  const deltas: ChatDelta[] = [];
  const { stream = true, signal, onDelta = (delta) => void deltas.push(delta) } = more;
  const question = { model: 'asked', messages: [{ role: 'user' as const, content: 'hi' }], stream };
  const outcome: Outcome = { deltas, sent };
  try {
    outcome.answer = await chat(question, { signal, onDelta });
  } catch (error) {
    outcome.error = error as QwenDemoError;
  }
  // Whatever came of it, the connection is not left hanging.
  await hungUp;
  return Object.assign(outcome, { sent });
}

export const STREAM = { 'content-type': 'text/event-stream; charset=utf-8' };

/** The events of a stream, `[DONE]` among them where it is wanted. */
export const events =
  (...values: unknown[]): Answer =>
  (response) => {
    response.writeHead(200, STREAM);
    for (const value of values) {
      response.write(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
    }
    response.end();
  };

export const whole =
  (body: unknown, type = 'application/json', status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': type });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

export const delta = (fields: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta: fields, finish_reason }],
});
export const text = (content: string) => delta({ content });
export const STOP = delta({}, 'stop');
export const textOf = (deltas: ChatDelta[]) =>
  deltas.map((piece) => (piece.type === 'content' ? piece.text : '')).join('');
