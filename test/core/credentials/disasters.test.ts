import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realClock, temporaryFolder } from '../../helpers/real-world.ts';
import { bundleChild, startChild } from '../../helpers/credentials-children.ts';
import { impatientClock, login, valid } from '../../helpers/rotating-login.ts';
import { type Mishap, stored } from '../../helpers/rotating-issuer.ts';

const build = await temporaryFolder();
let program = '';
beforeAll(async () => {
  program = await bundleChild(build.path);
});
afterAll(() => build[Symbol.asyncDispose]());

test.concurrent.each([
  { status: 400, json: { error: 'invalid_grant' } },
  {
    status: 400,
    json: {
      error: 'invalid_request',
      error_description: 'Invalid refresh token or client_id',
    },
  },
])(
  'a rejected refresh token is sent once by all processes together, and the file stays: %j',
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

test.concurrent.each<[Mishap, string]>([
  ['drop', 'network'],
  ['cut', 'network'],
  ['html', 'protocol'],
  [{ status: 500, json: {} }, 'api'],
  [{ status: 429, json: {} }, 'quota'],
  [{ status: 400, json: { error: 'invalid_client' } }, 'auth'],
])('a refresh that fails (%j) leaves the file unchanged', async (mishap, kind) => {
  await using one = await login();
  one.issuer.mishap = mishap;
  await expect(one.getValid()).rejects.toMatchObject({ kind });
  expect(await one.onDisk()).toEqual(stored());
  // Nobody knows whether that refresh token is still good: the next command finds out.
  await expect(one.getValid()).rejects.toThrow();
  expect(one.issuer.requests).toBe(2);
});

test.concurrent.each<[Mishap]>([
  [{ status: 200, json: { refresh_token: 'new' } }],
  [{ status: 200, json: { access_token: 'a', token_type: 'DPoP', refresh_token: 'new' } }],
])('the new refresh token of a response that cannot be used is stored: %j', async (mishap) => {
  await using one = await login();
  one.issuer.mishap = mishap;
  await expect(one.getValid()).rejects.toMatchObject({ kind: 'protocol' });
  expect(await one.onDisk()).toEqual({ ...stored(), refresh_token: 'new' });
});

test('after a response that was lost the next refresh is rejected', async () => {
  await using one = await login(stored(), impatientClock());
  one.issuer.mishap = 'drop';
  await expect(one.getValid()).rejects.toMatchObject({ kind: 'network' });
  one.issuer.mishap = undefined;
  await expect(one.getValid()).rejects.toMatchObject({ code: 'refresh_token_rejected' });
});

test('a rejected refresh uses the tokens that another program has stored', async () => {
  await using one = await login();
  one.issuer.mishap = { status: 400, json: { error: 'invalid_grant' } };
  one.issuer.latency = 50;
  const pending = one.getValid();
  while (one.issuer.requests === 0) await realClock.sleep(1);
  await writeFile(one.path, JSON.stringify(valid(5)));
  expect(await pending).toMatchObject({ access_token: 'access-5' });
  expect(await one.onDisk()).toEqual(valid(5));
});

test('a rejected refresh waits for the tokens that another program is about to store', async () => {
  await using one = await login();
  one.issuer.mishap = { status: 400, json: { error: 'invalid_grant' } };
  const pending = one.getValid();
  while (one.issuer.requests === 0) await realClock.sleep(1);
  await realClock.sleep(200);
  await writeFile(one.path, JSON.stringify(valid(5)));
  expect(await pending).toMatchObject({ access_token: 'access-5' });
});

test('a login that another program stores during a refresh is not overwritten', async () => {
  await using one = await login();
  one.issuer.meanwhile = async () => writeFile(one.path, JSON.stringify(valid(9)));
  expect(await one.getValid()).toMatchObject({ access_token: 'access-9' });
  expect(await one.onDisk()).toEqual(valid(9));
});

test('a token that cannot be saved is used, with a notice', async () => {
  await using one = await login();
  one.issuer.meanwhile = async () => {
    await rm(one.path);
    await mkdir(one.path);
  };
  expect(await one.getValid()).toMatchObject({ access_token: 'access-2' });
  expect(one.notices).toMatchObject([{ code: 'credentials_not_saved' }]);
  expect(one.notices[0]?.message).toContain(`Cannot write ${one.path}: it is not a file`);
  expect(one.notices[0]?.message).toContain('the next one may need a new login');
  expect(one.notices[0]?.message).not.toMatch(/(access|refresh)-\d/);
  expect(await one.getValid()).toMatchObject({ access_token: 'access-2' });
  const replacedBy = async (credentials: object) => {
    await rm(one.path, { recursive: true });
    await writeFile(one.path, JSON.stringify(credentials), { mode: 0o600 });
  };
  await replacedBy(stored());
  expect(await one.refresh()).toMatchObject({ access_token: 'access-3' });
  one.issuer.meanwhile = undefined;
  // It is used in place of the token that it replaced, and not of another login.
  await replacedBy(valid(9));
  expect(await one.getValid()).toEqual(valid(9));
  await replacedBy(stored());
  expect(await one.getValid()).toMatchObject({ access_token: 'access-3' });
  expect(await one.refresh()).toMatchObject({ access_token: 'access-4' });
  expect(await one.onDisk()).toMatchObject({ refresh_token: 'refresh-4' });
});

test('a folder without write permission fails the refresh before its request', async () => {
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

test('a signal during a refresh does not prevent its save', async () => {
  await using one = await login();
  const controller = new AbortController();
  one.issuer.meanwhile = async () => controller.abort(new Error('stop'));
  await expect(one.getValid(controller.signal)).rejects.toThrow('stop');
  expect(await one.onDisk()).toMatchObject({ refresh_token: 'refresh-2' });
  expect(await readdir(one.folder)).toEqual(['oauth_creds.json']);
});

test('the tokens that a process wrote before it died are used instead of the old ones', async () => {
  await using one = await login();
  await one.dieSaving(valid(2));
  one.issuer.generation = 2;
  expect(await one.getValid()).toEqual(valid(2));
  expect(one.issuer.requests).toBe(0);
  expect(one.notices).toMatchObject([{ code: 'save_completed' }]);
});

test('a first login that a process wrote before it died is used, and the latest of two', async () => {
  await using one = await login();
  await rm(one.path);
  await one.dieSaving(valid(1));
  // Two files that are written in one tick of the kernel's clock have the same time.
  const [first = ''] = await readdir(one.folder);
  const earlier = Date.now() / 1000 - 1;
  await utimes(join(one.folder, first), earlier, earlier);
  await one.dieSaving(valid(2));
  expect(await one.getValid()).toEqual(valid(2));
  expect(await readdir(one.folder)).toEqual(['oauth_creds.json']);
  await rm(one.path);
  await expect(one.getValid()).rejects.toMatchObject({ code: 'not_signed_in' });
});

test('a file that was emptied is not taken for a first login', async () => {
  await using one = await login();
  await rm(one.path);
  await one.dieSaving(valid(1));
  await writeFile(one.path, '', { mode: 0o600 });
  await expect(one.getValid()).rejects.toMatchObject({ code: 'credentials_corrupt' });
});

test('a full disk fails the refresh before its request', async (context) => {
  await using one = await login();
  try {
    const options = ['-t', 'tmpfs', '-o', 'size=12k,mode=700', 'tmpfs', one.folder];
    execFileSync('mount', options, { stdio: 'ignore' });
  } catch {
    return context.skip('needs the right to mount');
  }
  try {
    await writeFile(one.path, JSON.stringify(stored()), { mode: 0o600 });
    await expect(one.getValid()).rejects.toMatchObject({ kind: 'storage', code: 'disk_full' });
    expect(one.issuer.requests).toBe(0);
    expect(await readdir(one.folder)).toEqual(['oauth_creds.json']);
  } finally {
    execFileSync('umount', [one.folder]);
  }
});
