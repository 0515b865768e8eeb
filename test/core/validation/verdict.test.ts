import { describe, expect, it } from 'vitest';
import {
  ApiError,
  AuthError,
  NetworkError,
  ProtocolError,
  QuotaError,
  type QwenDemoError,
} from '../../../src/core/errors.ts';
import { concernsEveryModel } from '../../../src/core/validation/run.ts';
import { verdictOf } from '../../../src/core/validation/no-answer.ts';

const cases: [error: QwenDemoError, verdict: string, everyModel: boolean][] = [
  [new QuotaError('', { code: 'rate_limit', status: 429, permanent: false }), 'quota', false],
  [new QuotaError('', { code: 'x', status: 403, permanent: true }), 'quota', false],
  [new AuthError('', { code: 'invalid_api_key', status: 401 }), 'denied', true],
  [new AuthError('', { code: 'not_signed_in' }), 'denied', true],
  [new ApiError('', { code: 'Model.AccessDenied', status: 403 }), 'denied', false],
  [new ApiError('', { code: 'model_access_denied' }), 'denied', false],
  [new ApiError('', { code: 'x', status: 404 }), 'unavailable', false],
  [new ApiError('', { code: 'model_not_found', status: 400 }), 'unavailable', false],
  [new ApiError('', { code: 'x', status: 400 }), 'error', false],
  [new ApiError('', { code: 'x', status: 503 }), 'error', false],
  [new NetworkError('', { code: 'headers_timeout' }), 'timeout', false],
  [new NetworkError('', { code: 'timeout' }), 'timeout', false],
  [new NetworkError('', { code: 'connect_timeout' }), 'timeout', true],
  [new NetworkError('', { code: 'connection_refused' }), 'error', true],
  [new NetworkError('', { code: 'dns' }), 'error', true],
  [new NetworkError('', { code: 'connection_reset' }), 'error', false],
  [new ProtocolError('', { code: 'truncated' }), 'error', false],
  [new ProtocolError('', { code: 'html_answer', status: 404 }), 'error', false],
];

describe('a failed request', () => {
  it.each(cases.map(([error, verdict]) => [error.name, error.code, error.status, verdict, error]))(
    '%s %s (%s) is %s',
    (_name, _code, _status, verdict, error) => {
      expect(verdictOf(error)).toBe(verdict);
    },
  );

  it('concerns every model when it does not depend on the model', () => {
    const about = cases.filter(([error]) => concernsEveryModel(error));
    expect(about).toEqual(cases.filter(([, , everyModel]) => everyModel));
  });
});
