import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { realClock } from '../../helpers/real-world.ts';
import { impatientClock, login, valid } from '../../helpers/rotating-login.ts';
import { stored } from '../../helpers/rotating-issuer.ts';

const DAY = 86_400_000;

test('a valid token is read without a lock and without a request', async () => {
  await using one = await login(valid());
  await writeFile(join(one.folder, 'oauth_creds.lock'), 'held by somebody');
  expect(await one.getValid()).toMatchObject({ access_token: 'access-1' });
  expect(one.issuer.requests).toBe(0);
});

test('getValid without a login names the command to sign in and writes no file', async () => {
  await using one = await login(undefined);
  await rm(one.path, { force: true });
  await expect(one.getValid()).rejects.toMatchObject({
    kind: 'auth',
    code: 'not_signed_in',
    hint: expect.stringContaining('qwen-demo auth'),
  });
  expect(await readdir(one.folder)).toEqual([]);
  expect(await one.renew('access-1')).toBeUndefined();
});

test('a refreshed token is stored with the fields that were there', async () => {
  await using one = await login({ ...stored(), id_token: 'kept' });
  const credentials = await one.getValid();
  expect(credentials).toMatchObject({ access_token: 'access-2', resource_url: 'portal.qwen.ai' });
  expect(await one.onDisk()).toEqual(credentials);
  expect(credentials).toMatchObject({ refresh_token: 'refresh-2', id_token: 'kept' });
  expect(credentials.expiry_date).toBeGreaterThan(Date.now() + 3_590_000);
  expect(await readdir(one.folder)).toEqual(['oauth_creds.json']);
});

test('a hard end of the process waits while a refresh is sent and saved', async () => {
  await using one = await login();
  let held: string[] = [];
  one.issuer.meanwhile = async () => void (held = [...one.holds]);
  await one.getValid();
  expect([held, one.holds]).toEqual([['held'], ['held', 'released']]);
});

test('a token that expires within 30 s is refreshed, one that lasts longer is not', async () => {
  await using soon = await login(stored(1, Date.now() + 29_000));
  expect((await soon.getValid()).access_token).toBe('access-2');
  await using later = await login(stored(1, Date.now() + 40_000));
  expect((await later.getValid()).access_token).toBe('access-1');
});

test('a rejected token is refreshed once for all sessions', async () => {
  await using one = await login(valid());
  const sessions = [one, one, one.open(), one.open()];
  const renewed = await Promise.all(sessions.map((session) => session.renew('access-1')));
  expect(renewed.map((credentials) => credentials?.access_token)).toEqual(
    Array.from({ length: 4 }, () => 'access-2'),
  );
  expect(one.issuer.requests).toBe(1);
  expect((await one.renew('access-1'))?.access_token).toBe('access-2');
  expect(one.issuer.requests).toBe(1);
});

test('refresh also refreshes a valid token, once for all that refresh at the same time', async () => {
  await using one = await login(valid());
  expect((await one.refresh()).access_token).toBe('access-2');
  const both = await Promise.all([one.refresh(), one.open().refresh()]);
  expect(both.map(({ access_token }) => access_token)).toEqual(['access-3', 'access-3']);
});

test('a refresh that fails is not sent again by those that waited for it', async () => {
  await using one = await login();
  one.issuer.mishap = { status: 503, json: {} };
  one.issuer.latency = 50;
  const both = await Promise.allSettled([one.getValid(), one.open().getValid()]);
  expect(both).toMatchObject([1, 2].map(() => ({ reason: { code: 'server_error' } })));
  expect(one.issuer.requests).toBe(1);
});

test('a valid token is used as ever after its refresh token was rejected', async () => {
  await using one = await login(valid(), impatientClock());
  one.issuer.mishap = { status: 400, json: { error: 'invalid_grant' } };
  await expect(one.refresh()).rejects.toMatchObject({ code: 'refresh_token_rejected' });
  expect(await one.getValid()).toEqual(valid());
  expect(one.notices).toEqual([]);
});

test('a login without a refresh token is used until the API refuses it', async () => {
  const { refresh_token: _, ...bare } = stored();
  await using one = await login({ ...bare, expiry_date: 0 });
  expect((await one.getValid()).access_token).toBe('access-1');
  expect(await one.renew('access-1')).toBeUndefined();
  expect((await one.renew('access-0'))?.access_token).toBe('access-1');
  await expect(one.refresh()).rejects.toMatchObject({ code: 'no_refresh_token' });
  expect(one.issuer.requests).toBe(0);
});

test.each([
  [{ status: 400, json: { error: 'invalid_grant' } }, 'refresh_token_rejected'],
  [{ status: 503, json: {} }, 'server_error'],
])('a token that has not expired is used when its refresh fails with %j', async (mishap, code) => {
  const clock = impatientClock();
  await using one = await login({ ...stored(), expiry_date: Date.now() + 20_000 }, clock);
  one.issuer.mishap = mishap;
  expect((await one.getValid()).access_token).toBe('access-1');
  const message = expect.stringMatching(/^127\.0\.0\.1:.*valid for some seconds more/);
  expect(one.notices).toEqual([{ code: 'refresh_failed', message }]);
  await using expired = await login({ ...stored(), expiry_date: Date.now() - 1 }, clock);
  expired.issuer.mishap = mishap;
  await expect(expired.getValid()).rejects.toMatchObject({ code });
});

test.each([
  ['ahead', DAY, 1],
  ['behind', -DAY, 0],
])('a clock that is a day %s costs one refresh at most', async (_, off, requests) => {
  const clock = { ...realClock, now: () => Date.now() + off };
  await using one = await login(valid(), clock);
  await one.getValid();
  await one.getValid();
  expect(one.issuer.requests).toBe(requests);
});

test('a clock that is set right during a refresh does not lose the new tokens', async () => {
  let off = DAY;
  await using one = await login(valid(), { ...realClock, now: () => Date.now() + off });
  one.issuer.meanwhile = async () => void (off = 0);
  expect(await one.getValid()).toMatchObject({ access_token: 'access-2' });
  expect(await one.onDisk()).toMatchObject({ refresh_token: 'refresh-2' });
});

test('with a clock a day behind, a 401 reveals an expired token', async () => {
  const clock = { ...realClock, now: () => Date.now() - DAY };
  await using one = await login(stored(1, Date.now() - 1000), clock);
  const { access_token } = await one.getValid();
  expect((await one.renew(access_token))?.access_token).toBe('access-2');
});

test('signing out also deletes the temporary file of a process that died', async () => {
  await using one = await login(valid());
  await one.dieSaving(valid(2));
  expect(await one.signOut()).toBe(true);
  expect(await readdir(one.folder)).toEqual([]);
  expect(await one.signOut()).toBe(false);
});
