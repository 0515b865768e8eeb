import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { createHome } from '../helpers/program.ts';
import { expiredLoginHome } from '../helpers/expired-login-home.ts';

const REFRESH = '/api/v1/oauth2/token refresh_token';

async function signedIn(change: { expiry_date?: number; access_token?: string }) {
  const sandbox = await startSandbox();
  const home = await createHome(sandbox.environment());
  const { access_token, refresh_token, resource_url } = sandbox.issue();
  const credentials = {
    access_token,
    refresh_token,
    token_type: 'Bearer',
    resource_url,
    expiry_date: Date.now() + 3_600_000,
    note: 'an unknown field',
    ...change,
  };
  await mkdir(dirname(home.credentials), { recursive: true });
  await writeFile(home.credentials, JSON.stringify(credentials), { mode: 0o600 });
  return {
    sandbox,
    home,
    stored: async () => JSON.parse(await readFile(home.credentials, 'utf8')),
    before: credentials,
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}

const COMMANDS = [
  ['chat', '-p', 'hi'],
  ['chat', '-p', 'hi', '-s'],
  ['list-models'],
  ['validate-models'],
];

test.each(COMMANDS)(
  '%s refreshes a token that expires within 30 s, and writes it back',
  async (...args) => {
    await using w = await signedIn({ expiry_date: Date.now() + 20_000 });
    expect(await w.home.run(args)).toMatchObject({ code: 0 });
    expect(w.sandbox.requests[REFRESH]).toBe(1);
    const stored = await w.stored();
    expect(stored).toMatchObject({ note: 'an unknown field', resource_url: w.before.resource_url });
    expect(stored.access_token).not.toBe(w.before.access_token);
    expect(stored.refresh_token).not.toBe(w.before.refresh_token);
    expect(stored.expiry_date).toBeGreaterThan(Date.now() + 3_000_000);
  },
);

test.each(COMMANDS)('%s refreshes once after a 401', async (...args) => {
  await using w = await signedIn({ access_token: 'revoked' });
  expect(await w.home.run(args)).toMatchObject({ code: 0 });
  expect(w.sandbox.requests[REFRESH]).toBe(1);
  expect((await w.stored()).access_token).not.toBe('revoked');
});

test('a valid token is used without a refresh', async () => {
  await using w = await signedIn({});
  expect(await w.home.run(['chat', '-p', 'hi'])).toMatchObject({ code: 0, stderr: '' });
  expect(w.sandbox.requests[REFRESH]).toBeUndefined();
});

test('without a login every command exits 3 and says how to sign in', async () => {
  await using home = await createHome();
  for (const args of COMMANDS) {
    expect(await home.run(args)).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringContaining('qwen-demo auth'),
    });
  }
});

test('auth refresh --force says when the server sent the same token again', async () => {
  await using w = await expiredLoginHome();
  const json = { access_token: 'access-1', expires_in: 3600, token_type: 'Bearer' };
  w.issuer.mishap = { status: 200, json };
  const text = await w.home.run(['auth', 'refresh', '--force']);
  expect([text.code, text.stdout]).toEqual([
    0,
    expect.stringContaining(`${w.url} sent the same token again: it is valid until`),
  ]);
  const { stdout } = await w.home.run(['auth', 'refresh', '--force', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ refreshed: false, same_token: true });
  expect(w.issuer.requests).toBe(2);
});

test('a refresh records the client that the user names for a login without one', async () => {
  await using w = await expiredLoginHome();
  const login = { access_token: 'access-1', refresh_token: 'refresh-1', expiry_date: 1 };
  await w.put({ ...login, issuer: w.url, token_endpoint: `${w.url}/token` });
  const named = ['auth', 'token', '--issuer', w.url, '--client-id', 'app'];
  expect(await w.home.run(named)).toMatchObject({ code: 0, stdout: 'access-2\n' });
  expect(JSON.parse(await readFile(w.file, 'utf8'))).toMatchObject({ client_id: 'app' });
});
