import { chmod, chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Credentials } from '../../../src/core/credentials/credentials.ts';
import { createFileSession } from '../../../src/core/credentials/file-session.ts';
import type { Notice } from '../../../src/core/credentials/notice.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { qwenServer } from '../../../src/core/oauth/qwen.ts';
import { refreshGrant } from '../../../src/core/oauth/refresh.ts';
import { realClock, realRandom as random, temporaryFolder } from '../../helpers/real-world.ts';
import { bundleChild, startChild } from './children.ts';
import { type Mishap, rotatingIssuer, stored } from './rotating-issuer.ts';

const DAY = 86_400_000;
const LATER = Date.now() + 3_600_000;
const build = await temporaryFolder();
let program = '';
beforeAll(async () => {
  program = await bundleChild(build.path);
});
afterAll(() => build[Symbol.asyncDispose]());

/** A login in a folder of its own, at an issuer of its own. */
async function login(credentials: Credentials | undefined = stored(), clock = realClock) {
  const folder = await temporaryFolder();
  const issuer = await rotatingIssuer();
  const path = join(folder.path, 'oauth_creds.json');
  const notices: Notice[] = [];
  if (credentials) await writeFile(path, JSON.stringify(credentials), { mode: 0o600 });
  const open = () =>
    createFileSession({
      path,
      self: process,
      clock,
      random,
      onNotice: (notice) => notices.push(notice),
      refresh: ({ refresh_token = '' }) =>
        refreshGrant({
          server: qwenServer(issuer.url),
          client_id: 'client',
          refresh_token,
          send: createTransport(),
          clock,
        }),
    });
  return {
    ...open(),
    /** Another program with the same login. */
    open,
    path,
    folder: folder.path,
    issuer: issuer.state,
    url: issuer.url,
    notices,
    onDisk: async (): Promise<unknown> => JSON.parse(await readFile(path, 'utf8')),
    async [Symbol.asyncDispose]() {
      await folder[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

const valid = (generation = 1) => stored(generation, LATER);

test('a token that is good is read, without a lock and without a request', async () => {
  await using one = await login(valid());
  await writeFile(join(one.folder, 'oauth_creds.lock'), 'held by somebody');
  expect(await one.getValid()).toMatchObject({ access_token: 'access-1' });
  expect(one.issuer.requests).toBe(0);
});

test('no login is an error that says how to sign in, and leaves no trace', async () => {
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

test('an expired token is refreshed and written back with all that was there', async () => {
  await using one = await login({ ...stored(), id_token: 'kept' });
  const credentials = await one.getValid();
  expect(credentials).toMatchObject({ access_token: 'access-2', resource_url: 'portal.qwen.ai' });
  expect(await one.onDisk()).toEqual(credentials);
  expect(credentials).toMatchObject({ refresh_token: 'refresh-2', id_token: 'kept' });
  expect(credentials.expiry_date).toBeGreaterThan(Date.now() + 3_590_000);
  expect(await readdir(one.folder)).toEqual(['oauth_creds.json']);
});

test('a token that expires within 30 s is refreshed, one that lasts longer is not', async () => {
  await using soon = await login(stored(1, Date.now() + 29_000));
  expect((await soon.getValid()).access_token).toBe('access-2');
  await using later = await login(stored(1, Date.now() + 40_000));
  expect((await later.getValid()).access_token).toBe('access-1');
});

test('a rejected token is refreshed once, whoever asks first', async () => {
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

test('a forced refresh refreshes a good token', async () => {
  await using one = await login(valid());
  expect((await one.refresh()).access_token).toBe('access-2');
  expect((await one.refresh()).access_token).toBe('access-3');
});

test('a login without a refresh token ends when it expires', async () => {
  const { refresh_token: _, ...bare } = stored();
  await using one = await login(bare);
  await expect(one.getValid()).rejects.toMatchObject({ kind: 'auth', code: 'login_expired' });
  expect(await one.renew('access-1')).toBeUndefined();
});

test.each([
  { status: 400, json: { error: 'invalid_grant' } },
  {
    status: 400,
    json: {
      error: 'invalid_request',
      error_description: 'Invalid refresh token or client_id',
    },
  },
])(
  'a dead refresh token is tried once, by nobody again, and the file stays: %j',
  async (mishap) => {
    await using one = await login();
    one.issuer.mishap = mishap;
    const dead = {
      kind: 'auth',
      code: 'refresh_token_rejected',
      hint: expect.stringContaining('qwen-demo auth'),
    };
    await expect(one.getValid()).rejects.toMatchObject(dead);
    await expect(one.getValid()).rejects.toMatchObject(dead);
    await expect(one.open().renew('access-1')).rejects.toMatchObject(dead);
    expect(one.issuer.requests).toBe(1);
    expect(await one.onDisk()).toEqual(stored());
    for (const name of await readdir(one.folder)) {
      if (name !== 'oauth_creds.json') {
        expect(await readFile(join(one.folder, name), 'utf8')).not.toMatch(/(access|refresh)-1/);
      }
    }
    await one.signIn(valid(7));
    expect(await one.getValid()).toEqual(valid(7));
    expect(await readdir(one.folder)).toEqual(['oauth_creds.json']);
  },
);

test.each<[Mishap, string]>([
  ['drop', 'network'],
  ['cut', 'network'],
  ['html', 'protocol'],
  [{ status: 500, json: {} }, 'api'],
  [{ status: 200, json: { refresh_token: 'only' } }, 'protocol'],
  [{ status: 400, json: { error: 'invalid_client' } }, 'auth'],
])('after a refresh that brought nothing (%j) the file is as it was', async (mishap, kind) => {
  await using one = await login();
  one.issuer.mishap = mishap;
  await expect(one.getValid()).rejects.toMatchObject({ kind });
  expect(await one.onDisk()).toEqual(stored());
  // Nobody knows whether that refresh token is still good: the next command finds out.
  await expect(one.getValid()).rejects.toThrow();
  expect(one.issuer.requests).toBe(2);
});

test('an answer that was lost after rotation is known at the next try', async () => {
  await using one = await login();
  one.issuer.mishap = 'drop';
  await expect(one.getValid()).rejects.toMatchObject({ kind: 'network' });
  one.issuer.mishap = undefined;
  await expect(one.getValid()).rejects.toMatchObject({ code: 'refresh_token_rejected' });
});

test('a refresh that is refused because another program was faster ends well', async () => {
  await using one = await login();
  one.issuer.mishap = { status: 400, json: { error: 'invalid_grant' } };
  one.issuer.latency = 50;
  const pending = one.getValid();
  while (one.issuer.requests === 0) await realClock.sleep(1);
  await writeFile(one.path, JSON.stringify(valid(5)));
  expect(await pending).toMatchObject({ access_token: 'access-5' });
  expect(await one.onDisk()).toEqual(valid(5));
});

test('a login that another program stores during a refresh is not overwritten', async () => {
  await using one = await login();
  one.issuer.meanwhile = async () => writeFile(one.path, JSON.stringify(valid(9)));
  expect(await one.getValid()).toMatchObject({ access_token: 'access-9' });
  expect(await one.onDisk()).toEqual(valid(9));
});

test('when the new token cannot be saved, the command goes on with it and says so', async () => {
  await using one = await login();
  one.issuer.meanwhile = async () => {
    await rm(one.path);
    await mkdir(one.path);
  };
  expect(await one.getValid()).toMatchObject({ access_token: 'access-2' });
  expect(one.notices).toMatchObject([{ code: 'credentials_not_saved' }]);
  expect(one.notices[0]?.message).toContain(`Cannot write ${one.path}: it is not a file`);
  expect(one.notices[0]?.message).not.toMatch(/(access|refresh)-\d/);
  one.issuer.meanwhile = undefined;
  expect(await one.getValid()).toMatchObject({ access_token: 'access-2' });
  await rm(one.path, { recursive: true });
  expect(await one.refresh()).toMatchObject({ access_token: 'access-3' });
  expect(await one.onDisk()).toMatchObject({ refresh_token: 'refresh-3' });
});

test('a folder that cannot be written in costs no refresh token', async () => {
  await using one = await login();
  await chmod(one.folder, 0o500);
  const root = process.getuid?.() === 0;
  if (root) {
    await chown(one.path, 65_534, 65_534);
    await chown(one.folder, 65_534, 65_534);
    await chmod(build.path, 0o755);
  }
  const child = await startChild(program, [one.path, one.url], root ? { uid: 65_534 } : {});
  child.tell('valid');
  const { error } = (await child.next()) ?? {};
  child.end();
  expect(error).toMatchObject({ kind: 'storage', code: 'no_permission' });
  expect(one.issuer.requests).toBe(0);
});

test('the signal does not tear a refresh from its saving', async () => {
  await using one = await login();
  const controller = new AbortController();
  one.issuer.meanwhile = async () => controller.abort(new Error('stop'));
  await expect(one.getValid(controller.signal)).rejects.toThrow('stop');
  expect(await one.onDisk()).toMatchObject({ refresh_token: 'refresh-2' });
  expect(await readdir(one.folder)).toEqual(['oauth_creds.json']);
});

test.each([
  ['ahead', DAY, 1],
  ['behind', -DAY, 0],
])('a clock that is a day %s costs a refresh at most', async (_, off, requests) => {
  const clock = { ...realClock, now: () => Date.now() + off };
  await using one = await login(valid(), clock);
  await one.getValid();
  await one.getValid();
  expect(one.issuer.requests).toBe(requests);
});

test('behind by a day, a token that has expired is found out by the 401', async () => {
  const clock = { ...realClock, now: () => Date.now() - DAY };
  await using one = await login(stored(1, Date.now() - 1000), clock);
  const { access_token } = await one.getValid();
  expect((await one.renew(access_token))?.access_token).toBe('access-2');
});

test('what a process wrote before it died is used instead of the old refresh token', async () => {
  await using one = await login();
  await realClock.sleep(10);
  await writeFile(`${one.path}.dead.tmp`, JSON.stringify(valid(2)), { mode: 0o600 });
  one.issuer.generation = 2;
  expect(await one.getValid()).toEqual(valid(2));
  expect(one.issuer.requests).toBe(0);
  expect(one.notices).toMatchObject([{ code: 'save_completed' }]);
});

test('signing out deletes everything, also what waits to be recovered', async () => {
  await using one = await login(valid());
  await writeFile(`${one.path}.dead.tmp`, JSON.stringify(valid(2)), { mode: 0o600 });
  expect(await one.signOut()).toBe(true);
  expect(await readdir(one.folder)).toEqual([]);
  expect(await one.signOut()).toBe(false);
});
