import { describe, expect, it } from 'vitest';
import type { Retry } from '../../../src/core/http/retry.ts';
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
import { FakeClock } from '../../helpers/fake-clock.ts';

const good = events(text('here'), STOP);
const usage = { choices: [], usage: { prompt_tokens: 1, completion_tokens: 0, total_tokens: 1 } };
const role = delta({ role: 'assistant', content: '' });

/** `bad` comes once or more, then a good answer. */
const after =
  (bad: Answer, times = 1): Answer =>
  (response, request) =>
    (request <= times ? bad : good)(response, request);

describe('an answer that fails before anything of it was shown', () => {
  it.each<[string, Answer]>([
    ['an empty stream', events()],
    ['a stream of comments', (response) => response.writeHead(200, STREAM).end(': hello\n\n')],
    ['a stream of usage only', events(usage, '[DONE]')],
    ['[DONE] alone', events('[DONE]')],
    ['a role alone', events(role)],
    ['an empty body', whole('')],
    ['a whole answer with usage only', whole(usage)],
    [
      'a reset connection',
      (response) => response.writeHead(200, STREAM).write(':\n\n', () => response.destroy()),
    ],
    [
      'a whole answer that is cut off',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"choices":', () => response.destroy());
      },
    ],
    ['an error of status 502', events(role, { error: { code: 502, message: 'boom' } })],
    ['an error of status 429', events({ error: { code: 429, message: 'boom' } })],
    ['an overload in words', events({ error: { type: 'overloaded_error', message: 'boom' } })],
    ['a whole error with status 200', whole({ error: { code: '503', message: 'boom' } })],
    ['an error of the server in words', events({ error: { message: 'Internal server error' } })],
    [
      'event: error',
      (response) => {
        response.writeHead(200, STREAM);
        response.end('event: error\ndata: {"code":"Throttling.RateQuota","message":"boom"}\n\n');
      },
    ],
    [
      'an error in its choice',
      events({
        choices: [{ delta: {}, finish_reason: 'error', error: { code: 502, message: 'boom' } }],
      }),
    ],
    ['a finish_reason that breaks it off', events(role, delta({}, 'network_error'))],
  ])('is asked for again after %s', async (_, bad) => {
    const clock = new FakeClock();
    const retried: Retry[] = [];
    const { answer, deltas, requests } = await ask(after(bad), { clock, retried });
    expect(answer?.content).toBe('here');
    expect([textOf(deltas), requests, retried.length]).toEqual(['here', 2, 1]);
    expect(clock.sleeps[0]).toBeGreaterThanOrEqual(375);
  });

  it.each<[string, Answer, code: string]>([
    [
      'a quota that is used up',
      events({ error: { code: 'insufficient_quota', message: 'x' } }),
      'insufficient_quota',
    ],
    ['a refused key', events({ error: { code: 401, message: 'x' } }), 'unauthorized'],
    ['an error of unknown kind', events({ error: { message: 'x' } }), 'error_in_answer'],
    ['half a chunk', events('{"choices":[{"del', STOP), 'malformed_answer'],
    ['a finish_reason of its filter', events(delta({}, 'content_filter')), ''],
  ])('is not asked for again after %s', async (_, bad, code) => {
    const retried: Retry[] = [];
    const { error, requests } = await ask(after(bad), { retried });
    expect([error?.code ?? '', requests, retried.length]).toEqual([code, 1, 0]);
  });

  it('is asked for three times at most, HTTP failures included', async () => {
    const retried: Retry[] = [];
    const { error, requests } = await ask(
      (response, request) =>
        (request === 1 ? whole('', 'text/plain', 503) : events())(response, request),
      { retried },
    );
    expect([error?.code, requests, retried.length]).toEqual(['truncated_stream', 3, 2]);
  });

  it('is waited for while the model loads, without a retry', async () => {
    const clock = new FakeClock();
    const retried: Retry[] = [];
    const loading = events({ error: { code: 503, message: 'Loading model' } });
    const { answer, requests } = await ask(after(loading, 5), { clock, retried });
    expect([answer?.content, requests, retried.length]).toEqual(['here', 6, 0]);
    expect(clock.sleeps).toEqual([2000, 2000, 2000, 2000, 2000]);
  });
});

describe('an answer that fails after something of it was shown', () => {
  const error = { error: { code: 502, message: 'boom' } };
  const calls = { tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '' } }] };
  it.each<[string, Answer]>([
    ['content', events(text('half'), error)],
    ['reasoning', events(delta({ reasoning_content: 'hm' }), error)],
    ['a tool call', events(delta(calls), error)],
    ['content in a stream that stops', events(text('half'))],
    ['content of a whole answer', whole({ choices: [{ message: { content: 'half' } }], ...error })],
  ])('is not asked for again after %s', async (_, bad) => {
    const retried: Retry[] = [];
    const exchange = await ask(after(bad), { retried });
    expect([exchange.error === undefined, exchange.requests]).toEqual([false, 1]);
    expect(exchange.deltas.length).toBeGreaterThan(0);
  });
});
