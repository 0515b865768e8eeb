import { expect, test } from 'vitest';
import { NetworkError, QuotaError, rephrase } from '../../src/core/errors.ts';

test('an error with another message keeps its class, code, hint, status and request id', () => {
  const details = { code: 'dns', hint: 'Check it.', status: 502, request_id: 'r1' };
  const error = new NetworkError('host was not found', details);
  const other = rephrase(error, { message: 'The login failed: host was not found' });
  expect(other).toBeInstanceOf(NetworkError);
  expect(other).toMatchObject({ ...details, message: 'The login failed: host was not found' });
  expect(other).toMatchObject({ name: 'NetworkError', kind: 'network', cause: error });
});

test('an error with another hint keeps its message', () => {
  const error = new NetworkError('host was not found', { code: 'dns' });
  expect(rephrase(error, { hint: 'Try later.' })).toMatchObject({
    message: 'host was not found',
    hint: 'Try later.',
  });
});

test.each([true, false])('a quota error stays permanent: %s', (permanent) => {
  const error = new QuotaError('no quota is left', { code: 'quota', permanent });
  expect(rephrase(error, { message: 'later' })).toMatchObject({ kind: 'quota', permanent });
});
