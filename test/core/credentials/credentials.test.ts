import { expect, test } from 'vitest';
import { expiresSoon, mergeTokenResponse } from '../../../src/core/credentials/credentials.ts';
import { stored } from '../../helpers/rotating-issuer.ts';

const NOW = 1_800_000_000_000;

test('a token is as good as expired 30 s before its time', () => {
  const credentials = stored(1, NOW);
  expect(expiresSoon(credentials, NOW - 30_001)).toBe(false);
  expect(expiresSoon(credentials, NOW - 30_000)).toBe(true);
});

test('what a token response omits stays as it was, unknown fields too', () => {
  const old = { ...stored(), id_token: 'kept', issuer: 'https://a.example' };
  expect(mergeTokenResponse(old, { access_token: 'access-2', expires_in: 60 }, NOW)).toEqual({
    ...old,
    access_token: 'access-2',
    expiry_date: NOW + 60_000,
  });
});

test('what it says replaces what was stored', () => {
  const token = { access_token: 'a', refresh_token: 'r', token_type: 'bearer', resource_url: 'u' };
  expect(mergeTokenResponse(stored(), { ...token, expires_in: 1 }, NOW)).toEqual({
    ...token,
    expiry_date: NOW + 1000,
  });
});

test('a token of unstated life is trusted for five minutes', () => {
  const { expiry_date } = mergeTokenResponse(stored(), { access_token: 'a' }, NOW);
  expect(expiry_date).toBe(NOW + 300_000);
});

test('a new login takes nothing over and records where it was made', () => {
  const origin = { issuer: 'https://a.example', client_id: 'c' };
  expect(mergeTokenResponse(undefined, { access_token: 'a', expires_in: 1 }, NOW, origin)).toEqual({
    access_token: 'a',
    token_type: 'Bearer',
    expiry_date: NOW + 1000,
    ...origin,
  });
});
