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

/** Models that fail; any other answers with its name. */
async function ask(
  failures: Record<string, QwenDemoError>,
  models: [string, ...string[]],
  words = '',
) {
  const asked: string[] = [];
  const told: string[] = [];
  const chat: Chat = async ({ model }, options) => {
    asked.push(model);
    if (words !== '') await options?.onDelta?.({ type: 'content', text: words });
    const failure = failures[model];
    if (failure) throw failure;
    return answer(model, { model });
  };
  const outcome = await askFirstAvailable(chat, models, {
    request: { messages: [], stream: false },
    options: {},
    onFallback: (failure, next) => told.push(`${failure.code} -> ${next}`),
  }).then(
    ({ content }) => content,
    (error: QwenDemoError) => error.code,
  );
  return { asked, told, outcome };
}

const api = (code: string) => new ApiError('', { code });
const quota = (permanent: boolean) => new QuotaError('', { code: 'quota', permanent });

describe('another model', () => {
  it.each([
    ['has no quota left', quota(true)],
    ['is asked too often', quota(false)],
    ['is not there', api('model_not_found')],
    ['is not for this account', api('model_access_denied')],
    ['has broken down', api('server_error')],
    ['gives up before it begins', api('error_in_answer')],
    ['does not begin in time', new NetworkError('', { code: 'headers_timeout' })],
  ])('is asked when the first %s', async (_, failure) => {
    expect(await ask({ a: failure }, ['a', 'b', 'c'])).toEqual({
      asked: ['a', 'b'],
      told: [`${failure.code} -> b`],
      outcome: 'b',
    });
  });

  it.each([
    ['the key', new AuthError('', { code: 'invalid_api_key' })],
    ['the request', api('bad_request')],
    ['the words', api('content_filter')],
    ['the network', new NetworkError('', { code: 'connection_refused' })],
    ['the answer', new ProtocolError('', { code: 'malformed_answer' })],
  ])('is not asked when %s is the trouble', async (_, failure) => {
    const { asked, outcome } = await ask({ a: failure }, ['a', 'b']);
    expect([asked, outcome]).toEqual([['a'], failure.code]);
  });

  it('is not asked once something was shown', async () => {
    const { asked, outcome } = await ask({ a: quota(true) }, ['a', 'b'], 'half');
    expect([asked, outcome]).toEqual([['a'], 'quota']);
  });

  it('is asked in turn, and the last failure is the one that counts', async () => {
    const failures = { a: quota(true), b: api('server_error'), c: api('model_not_found') };
    expect(await ask(failures, ['a', 'b', 'c'])).toEqual({
      asked: ['a', 'b', 'c'],
      told: ['quota -> b', 'server_error -> c'],
      outcome: 'model_not_found',
    });
  });
});
