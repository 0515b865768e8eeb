import { describe, expect, it } from 'vitest';
import type { Chat } from '../../../src/core/chat/answer.ts';
import { askFirstAvailable } from '../../../src/core/chat/fallback.ts';
import {
  ApiError,
  AuthError,
  NetworkError,
  ProtocolError,
  type QwenDemoError,
  QuotaError,
} from '../../../src/core/errors.ts';
import { answer } from '../../helpers/scripted-chat.ts';

/** Asks models that fail with the given errors. All others answer with their name. */
async function ask(
  failures: Record<string, QwenDemoError>,
  models: [string, ...string[]],
  delivered = '',
  stream = true,
) {
  const asked: string[] = [];
  const fallbacks: string[] = [];
  const chat: Chat = async ({ model }, options) => {
    asked.push(model);
    if (delivered !== '') await options?.onDelta?.({ type: 'content', text: delivered });
    const failure = failures[model];
    if (failure) throw failure;
    return answer(model, { model });
  };
  const outcome = await askFirstAvailable(chat, models, {
    request: { messages: [], stream },
    options: {},
    onFallback: (failure, next) => fallbacks.push(`${failure.code} -> ${next}`),
  }).then(
    ({ content }) => content,
    (error: QwenDemoError) => error.code,
  );
  return { asked, fallbacks, outcome };
}

const api = (code: string) => new ApiError('', { code });
const quota = (permanent: boolean) => new QuotaError('', { code: 'quota', permanent });

describe('the next model', () => {
  it.each([
    ['has no quota left', quota(true)],
    ['is limited by a rate', quota(false)],
    ['does not exist', api('model_not_found')],
    ['is not available to this account', api('model_access_denied')],
    ['fails with a server error', api('server_error')],
    ['is overloaded', api('overloaded')],
    ['sends nothing', new ProtocolError('', { code: 'empty_answer' })],
    ['breaks off before its first delta', new ProtocolError('', { code: 'truncated_stream' })],
    ['sends an error in place of an answer', api('error_in_answer')],
    ['sends no head in time', new NetworkError('', { code: 'headers_timeout' })],
  ])('is asked if the first %s', async (_, failure) => {
    expect(await ask({ a: failure }, ['a', 'b', 'c'])).toEqual({
      asked: ['a', 'b'],
      fallbacks: [`${failure.code} -> b`],
      outcome: 'b',
    });
  });

  it.each([
    ['the key', new AuthError('', { code: 'invalid_api_key' })],
    ['the request', api('bad_request')],
    ['the content filter', api('content_filter')],
    ['the network', new NetworkError('', { code: 'connection_refused' })],
    ['the answer', new ProtocolError('', { code: 'malformed_answer' })],
  ])('is not asked if the failure is due to %s', async (_, failure) => {
    const { asked, outcome } = await ask({ a: failure }, ['a', 'b']);
    expect([asked, outcome]).toEqual([['a'], failure.code]);
  });

  it('is not asked after a delta was delivered', async () => {
    const { asked, outcome } = await ask({ a: quota(true) }, ['a', 'b'], 'half');
    expect([asked, outcome]).toEqual([['a'], 'quota']);
  });

  it('is asked after a part of an answer that is not streamed', async () => {
    const { asked, outcome } = await ask({ a: api('error_in_answer') }, ['a', 'b'], 'half', false);
    expect([asked, outcome]).toEqual([['a', 'b'], 'b']);
  });

  it('is asked in order, and the failure of the last model is thrown', async () => {
    const failures = { a: quota(true), b: api('server_error'), c: api('model_not_found') };
    expect(await ask(failures, ['a', 'b', 'c'])).toEqual({
      asked: ['a', 'b', 'c'],
      fallbacks: ['quota -> b', 'server_error -> c'],
      outcome: 'model_not_found',
    });
  });
});
