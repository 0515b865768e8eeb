import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { createHome } from '../helpers/program.ts';
import { put, signedIn } from '../helpers/signed-in-home.ts';

const REVOKE = '/api/v1/oauth2/revoke';

test('auth logout revokes the login and deletes it', async () => {
  await using w = await signedIn();
  expect(await w.home.run(['auth', 'logout'])).toEqual({
    code: 0,
    stdout: `Deleted ${w.home.credentials}.\n`,
    stderr: '',
  });
  expect(existsSync(w.home.credentials)).toBe(false);
  expect(w.sandbox.requests[REVOKE]).toBe(1);
  const answer = await fetch(`${w.sandbox.url}/v1/models`, {
    headers: { authorization: `Bearer ${w.credentials.access_token}` },
  });
  expect(answer.status).toBe(401);
});

test('auth logout says when there was no login', async () => {
  await using home = await createHome();
  expect(await home.run(['auth', 'logout'])).toEqual({
    code: 0,
    stdout: 'You were not signed in.\n',
    stderr: '',
  });
});

test('auth logout refuses what is not a regular file and leaves it there', async () => {
  await using home = await createHome();
  const pipe = join(home.path, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const run = await home.run(['auth', 'logout', '--credentials', pipe]);
  expect(run).toMatchObject({ code: 8, stdout: '' });
  expect(run.stderr).toContain(`${pipe} is not a regular file`);
  expect((await lstat(pipe)).isFIFO()).toBe(true);
});

test('auth logout deletes the login when the issuer cannot be reached', async () => {
  await using w = await signedIn({ change: { revocation_endpoint: 'http://127.0.0.1:9/revoke' } });
  const { code, stderr } = await w.home.run(['auth', 'logout']);
  expect(code).toBe(0);
  expect(stderr).toContain('could not be revoked');
  expect(stderr).toContain('127.0.0.1:9 refused the connection');
  expect(stderr).not.toContain(w.credentials.refresh_token);
  expect(existsSync(w.home.credentials)).toBe(false);
});

test('auth logout says when the issuer has no revocation endpoint', async () => {
  await using w = await signedIn({ change: { revocation_endpoint: undefined } });
  const { code, stderr } = await w.home.run(['auth', 'logout']);
  expect([code, stderr]).toEqual([0, expect.stringContaining('offers no way to revoke')]);
  expect(w.sandbox.requests[REVOKE]).toBeUndefined();
});

test.each(['', 'not JSON', '{}'])('auth logout deletes a damaged login: %j', async (text) => {
  await using w = await signedIn();
  await writeFile(w.home.credentials, text);
  expect(await w.home.run(['auth', 'logout'])).toMatchObject({ code: 0 });
  expect(existsSync(w.home.credentials)).toBe(false);
});

test('auth logout --profile deletes everything of that profile and nothing of the others', async () => {
  await using w = await signedIn();
  const folder = dirname(w.home.credentials);
  await put(join(folder, 'config.json'), { profiles: { work: { auth: 'oauth' } } });
  await put(join(folder, 'oauth_creds.work.json'), w.credentials);
  await put(join(folder, 'oauth_creds.work.refresh-failure.json'), {});
  await put(join(folder, 'api_key.work.json'), {
    api_key: 'sk-work',
    endpoint: 'http://127.0.0.1:9/v1',
  });
  await put(join(folder, 'pending_login.work.json'), {});
  expect(await w.home.run(['auth', 'logout', '--profile', 'work'])).toMatchObject({ code: 0 });
  expect((await readdir(folder)).toSorted()).toEqual(['config.json', 'oauth_creds.json']);
});

test('auth logout --all signs out of every profile, in config.json or not', async () => {
  await using w = await signedIn();
  const folder = dirname(w.home.credentials);
  await put(join(folder, 'config.json'), { profiles: { work: { auth: 'oauth' } } });
  for (const name of ['work', 'forgotten']) {
    await put(join(folder, `oauth_creds.${name}.json`), {
      ...w.credentials,
      refresh_token: w.sandbox.issue().refresh_token,
    });
  }
  await put(join(folder, 'api_key.key-only.json'), {
    api_key: 'sk-key-only',
    endpoint: 'http://127.0.0.1:9/v1',
  });
  await put(join(folder, 'oauth_creds.refresh-failure.json'), {});
  const { code, stdout, stderr } = await w.home.run(['auth', 'logout', '--all']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.match(/^Deleted /gm)).toHaveLength(5);
  expect(await readdir(folder)).toEqual(['config.json']);
  expect(w.sandbox.requests[REVOKE]).toBe(3);
});

test('auth logout --all deletes the other logins when one cannot be deleted', async () => {
  await using w = await signedIn();
  const folder = dirname(w.home.credentials);
  await put(join(folder, 'oauth_creds.stuck.json', 'a-folder'), {});
  await put(join(folder, 'oauth_creds.work.json'), w.credentials);
  const { code, stderr } = await w.home.run(['auth', 'logout', '--all']);
  expect([code, stderr]).toEqual([8, expect.stringContaining('oauth_creds.stuck.json')]);
  expect(await readdir(folder)).toEqual(['oauth_creds.stuck.json']);
});

test.each([
  ['--credentials', 'a.json'],
  ['--profile', 'work'],
])('auth logout --all conflicts with %s', async (...flag) => {
  await using w = await signedIn();
  expect(await w.home.run(['auth', 'logout', '--all', ...flag])).toMatchObject({ code: 2 });
  expect(existsSync(w.home.credentials)).toBe(true);
});

test('auth logout deletes a symbolic link and names the file that keeps the login', async () => {
  await using w = await signedIn();
  const target = join(w.home.path, 'my login.json');
  await rename(w.home.credentials, target);
  await symlink(target, w.home.credentials);
  const { code, stdout, stderr } = await w.home.run(['auth', 'logout']);
  expect([code, stdout]).toEqual([0, `Deleted ${w.home.credentials}.\n`]);
  expect(stderr).toBe(
    `${w.home.credentials} was a symbolic link. The login stays in the file that it named: ${target}\n` +
      `It is not revoked. To revoke and delete the login in it: qwen-demo auth logout --credentials '${target}'\n`,
  );
  expect(existsSync(target)).toBe(true);
  await w.home.run(['auth', 'logout', '--credentials', target]);
  expect([existsSync(target), w.sandbox.requests[REVOKE]]).toEqual([false, 1]);
});

test('auth logout of a profile without a note of its login removes what every login writes', async () => {
  await using w = await signedIn();
  const config = join(dirname(w.home.credentials), 'config.json');
  await put(config, { profiles: { default: { auth: 'oauth', scope: 'mine' } } });
  const { code, stdout } = await w.home.run(['auth', 'logout']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('in config.json: auth')]);
  expect(JSON.parse(await readFile(config, 'utf8'))).toEqual({
    profiles: { default: { scope: 'mine' } },
  });
});
