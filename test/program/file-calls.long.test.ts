import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { expiredLoginHome } from '../helpers/expired-login-home.ts';

const PRELOAD = fileURLToPath(new URL('../helpers/failing-calls.cjs', import.meta.url));

/** Runs `auth token` while calls fail, and then without failures. */
async function twice(failing: Record<string, { errno: string; times: number }>) {
  await using world = await expiredLoginHome();
  const { home, issuer, file } = world;
  const env = { NODE_OPTIONS: `--require "${PRELOAD}"`, FAILING_CALLS: JSON.stringify(failing) };
  const first = await home.run(['auth', 'token'], { env });
  const second = await home.run(['auth', 'token']);
  return { first, second, refreshes: issuer.requests, stored: await readFile(file, 'utf8') };
}

test.concurrent.each([
  ['rename', 'EPERM'],
  ['open', 'EBUSY'],
  ['link', 'EPERM'],
  ['handle.sync', 'EINVAL'],
  ['handle.write', 'EIO'],
  ['rm', 'EBUSY'],
])('a %s that fails once with %s costs no login and no refresh', async (call, errno) => {
  const { first, second, refreshes, stored } = await twice({ [call]: { errno, times: 1 } });
  expect([first.code, first.stdout, second.code]).toEqual([0, 'access-2\n', 0]);
  expect(second.stdout).toBe('access-2\n');
  expect(refreshes).toBe(1);
  expect(stored).toContain('refresh-2');
});

test('the next command finishes a save whose rename was refused for long', async () => {
  const { first, second, refreshes, stored } = await twice({
    rename: { errno: 'EIO', times: 99 },
  });
  expect(first).toMatchObject({ code: 0, stdout: 'access-2\n' });
  expect(first.stderr).toContain('could not be saved');
  expect(second).toMatchObject({ code: 0, stdout: 'access-2\n' });
  expect(refreshes).toBe(1);
  expect(stored).toContain('refresh-2');
});

test('a file that can never be renamed over, as one mounted into a container, is overwritten', async () => {
  await using world = await expiredLoginHome();
  const { home, issuer, file, folder } = world;
  const { ino } = await stat(file);
  const env = {
    NODE_OPTIONS: `--require "${PRELOAD}"`,
    FAILING_CALLS: JSON.stringify({ rename: { errno: 'EBUSY', times: 99, path: 'oauth_creds' } }),
  };
  const run = await home.run(['auth', 'token'], { env });
  expect([run.code, run.stdout, run.stderr]).toEqual([0, 'access-2\n', '']);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ refresh_token: 'refresh-2' });
  expect((await stat(file)).ino).toBe(ino);
  expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect(await home.run(['auth', 'token'])).toMatchObject({ code: 0, stdout: 'access-2\n' });
  expect(issuer.requests).toBe(1);
});

test('a file that was being overwritten when the program was killed is completed', async () => {
  await using world = await expiredLoginHome();
  const { home, issuer, file, folder } = world;
  const before = await readFile(file, 'utf8');
  const whole = before.replace('refresh-1', 'refresh-of-the-copy');
  const left = `${file}.${'1'.repeat(16)}.01234567-0123-4123-8123-0123456789ab.tmp`;
  await writeFile(left, whole, { mode: 0o600 });
  await writeFile(file, whole.slice(0, whole.length / 2));
  const run = await home.run(['auth', 'status', '--json']);
  expect(run.stderr).toContain('An earlier command could not finish saving');
  expect(await readFile(file, 'utf8')).toBe(whole);
  expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect(issuer.requests).toBe(0);
});

test.each([
  ['auth', 'token'],
  ['auth', 'status', '--json'],
  ['auth', 'refresh'],
  ['auth', 'logout'],
])('a first login whose rename is refused for good is finished by `%s %s`', async (...args) => {
  await using world = await expiredLoginHome();
  const { home, file, folder } = world;
  const login = await readFile(file, 'utf8');
  await rm(file);
  // What the login leaves: complete, under the name of a file that replaces nothing.
  const left = `${file}.${'0'.repeat(16)}.01234567-0123-4123-8123-0123456789ab.tmp`;
  await writeFile(left, login, { mode: 0o600 });
  const run = await home.run(args);
  expect(run.code, run.stderr).toBe(0);
  expect(run.stderr).toContain('An earlier command could not finish saving');
  const names = await readdir(folder);
  const names_left = args[1] === 'logout' ? [] : ['oauth_creds.json'];
  expect(names.filter((name) => name.startsWith('oauth_creds.json'))).toEqual(names_left);
});
