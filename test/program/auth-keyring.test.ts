import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { hasKeyring, startSecretService } from '../helpers/keyring.ts';
import { createHome } from '../helpers/program.ts';

const LOGIN = ['auth', 'login', '--store', 'keyring'];

async function world(env: Record<string, string> = {}) {
  const sandbox = await startSandbox({ interval: 0.2, auto_approve: true });
  const home = await createHome({ ...sandbox.environment(), ...env });
  return {
    sandbox,
    home,
    refreshes: () => sandbox.requests['/api/v1/oauth2/token refresh_token'],
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}

test('auth login --store keyring exits 8 before the first request when there is no keyring, and writes no file', async () => {
  await using w = await world({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' });
  const { code, stdout, stderr } = await w.home.run(LOGIN);
  expect([code, stdout]).toEqual([8, '']);
  expect(stderr).toContain('keyring');
  expect(stderr).toContain('--store file');
  expect(w.sandbox.requests).toEqual({});
  expect(existsSync(dirname(w.home.credentials))).toBe(false);
});

test.each(['cupboard', ''])('--store %j exits 2', async (store) => {
  await using w = await world();
  expect(await w.home.run(['auth', 'login', '--store', store])).toMatchObject({ code: 2 });
  expect(existsSync(w.home.credentials)).toBe(false);
});

// GNOME's keyring is not on every machine; where it is, these are no imitations.
describe.skipIf(!hasKeyring)('with the keyring of GNOME', () => {
  test('auth login stores the login in the keyring and no token in a file', async () => {
    await using keyring = await startSecretService();
    await using w = await world(keyring.env);
    const login = await w.home.run(LOGIN);
    expect([login.code, login.stderr.includes('error:')]).toEqual([0, false]);
    expect(login.stdout).toContain(`the keyring entry "${w.home.credentials}"`);
    expect(keyring.accounts()).toEqual([w.home.credentials]);

    const { stdout } = await w.home.run(['auth', 'token']);
    expect(stdout).toMatch(/^at\.\S+\n$/);
    const folder = dirname(w.home.credentials);
    for (const name of await readdir(folder)) {
      const text = await readFile(join(folder, name), 'utf8');
      expect(text).not.toContain(stdout.trim());
      expect(text).not.toContain('refresh_token');
    }
    expect(existsSync(w.home.credentials)).toBe(false);
    const status = await w.home.run(['auth', 'status', '--json', '--auth', 'api-key']);
    expect(JSON.parse(status.stdout).unused).toContainEqual(
      expect.stringContaining(`login in the keyring entry "${w.home.credentials}`),
    );
    expect(await w.home.run(['chat', '-p', 'What is 2 + 3?'])).toMatchObject({ code: 0 });
  });

  test('processes that find an expired token at the same time send one refresh request', async () => {
    await using keyring = await startSecretService();
    await using w = await world(keyring.env);
    await w.home.run(LOGIN);
    const before = (await w.home.run(['auth', 'token'])).stdout;
    keyring.rewrite(w.home.credentials, (secret) =>
      JSON.stringify({ ...JSON.parse(secret), expiry_date: 0 }),
    );
    const tokens = await Promise.all(
      Array.from({ length: 6 }, () => w.home.run(['auth', 'token'])),
    );
    for (const { code, stderr } of tokens) {
      // On a busy machine a process waits for the lock for longer than a second, and says so.
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^(Waiting for process .*\n)?$/)]);
    }
    expect(new Set(tokens.map(({ stdout }) => stdout)).size).toBe(1);
    expect(tokens[0]?.stdout).not.toBe(before);
    expect(w.refreshes()).toBe(1);
    expect(keyring.accounts()).toEqual([w.home.credentials]);
  });

  test('a damaged keyring entry exits 8, and a new login repairs it', async () => {
    await using keyring = await startSecretService();
    await using w = await world(keyring.env);
    await w.home.run(LOGIN);
    keyring.rewrite(w.home.credentials, () => '{}');
    expect(await w.home.run(['auth', 'token'])).toMatchObject({ code: 8, stdout: '' });
    expect(await w.home.run(['auth', 'login'])).toMatchObject({ code: 0 });
    expect(await w.home.run(['auth', 'token'])).toMatchObject({ code: 0 });
  });

  test('a locked keyring exits 8 and does not count as signed out', async () => {
    await using keyring = await startSecretService();
    await using w = await world(keyring.env);
    await w.home.run(LOGIN);
    keyring.lock();
    for (const args of [['auth', 'token'], ['auth', 'logout'], LOGIN]) {
      expect(await w.home.run(args)).toMatchObject({
        code: 8,
        stdout: '',
        stderr: expect.stringContaining('locked'),
      });
    }
    expect(keyring.accounts()).toEqual([w.home.credentials]);
  });

  test('auth logout deletes the keyring entries', async () => {
    await using keyring = await startSecretService();
    await using w = await world(keyring.env);
    await w.home.run(LOGIN);
    expect(await w.home.run(['auth', 'logout'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Deleted the keyring entry'),
    });
    expect(keyring.accounts()).toEqual([]);
    expect(await w.home.run(['auth', 'token'])).toMatchObject({ code: 3 });
  });

  test('a login that moves to the keyring or back leaves no secret in the old store', async () => {
    await using keyring = await startSecretService();
    await using w = await world(keyring.env);
    expect(await w.home.run(['auth', 'login'])).toMatchObject({ code: 0 });
    expect(existsSync(w.home.credentials)).toBe(true);

    const there = await w.home.run(LOGIN);
    expect(there.stderr).toContain(`The old login was deleted: ${w.home.credentials}`);
    expect(existsSync(w.home.credentials)).toBe(false);

    const back = await w.home.run(['auth', 'login', '--store', 'file']);
    expect(back.stderr).toContain('The old login was deleted: the keyring entry');
    expect(keyring.accounts()).toEqual([]);
    expect(await w.home.run(['auth', 'token'])).toMatchObject({ code: 0 });
  });

  test('auth login --complete stores the login where --init-only was told to store it', async () => {
    await using keyring = await startSecretService();
    await using w = await world(keyring.env);
    expect(await w.home.run([...LOGIN, '--init-only'])).toMatchObject({ code: 0 });
    expect(await w.home.run(['auth', 'login', '--complete'])).toMatchObject({ code: 0 });
    expect(keyring.accounts()).toEqual([w.home.credentials]);
    expect(existsSync(w.home.credentials)).toBe(false);
  });
});
