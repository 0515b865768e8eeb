import { expect, test } from 'vitest';
import { expiresSoon, mergeTokenResponse } from '../../../src/core/credentials/credentials.ts';
import { stored } from '../../helpers/rotating-issuer.ts';

const NOW = 1_800_000_000_000;

test('a token expires soon from 30 s before its expiry', () => {
  const credentials = stored(1, NOW);
  expect(expiresSoon(credentials, NOW - 30_001)).toBe(false);
  expect(expiresSoon(credentials, NOW - 30_000)).toBe(true);
});

test('a merge keeps the stored fields that a token response omits, unknown ones too', () => {
  const old = { ...stored(), id_token: 'kept', issuer: 'https://a.example' };
  expect(mergeTokenResponse(old, { access_token: 'access-2', expires_in: 60 }, NOW)).toEqual({
    ...old,
    access_token: 'access-2',
    expiry_date: NOW + 60_000,
  });
});

test('a merge replaces the stored fields that a token response holds', () => {
  const token = { access_token: 'a', refresh_token: 'r', token_type: 'bearer', resource_url: 'u' };
  expect(mergeTokenResponse(stored(), { ...token, expires_in: 1 }, NOW)).toEqual({
    ...token,
    expiry_date: NOW + 1000,
  });
});

test('a token without expires_in counts as valid for 300 s', () => {
  const { expiry_date } = mergeTokenResponse(stored(), { access_token: 'a' }, NOW);
  expect(expiry_date).toBe(NOW + 300_000);
});

test('a new login has no fields of the old one and records its origin', () => {
  const origin = { issuer: 'https://a.example', client_id: 'c' };
  expect(mergeTokenResponse(undefined, { access_token: 'a', expires_in: 1 }, NOW, origin)).toEqual({
    access_token: 'a',
    token_type: 'Bearer',
    expiry_date: NOW + 1000,
    ...origin,
  });
});
