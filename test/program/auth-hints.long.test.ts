import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { bodyOf, loopback } from '../helpers/loopback.ts';
import { createHome, type Home } from '../helpers/program.ts';

/** An issuer that approves at once and rejects every refresh token, and an API that refuses all tokens. */
async function issuer() {
  const forms: URLSearchParams[] = [];
  const state = { beforeToken: async () => {} };
  const server = await loopback(async (request, response) => {
    const form = new URLSearchParams(await bodyOf(request));
    if (request.method === 'POST') forms.push(form);
    const answers: Record<string, [number, object]> = {
      '/.well-known/oauth-authorization-server': [
        200,
        {
          issuer: server.url,
          device_authorization_endpoint: `${server.url}/device`,
          token_endpoint: `${server.url}/token`,
        },
      ],
      '/device': [
        200,
        {
          device_code: 'd',
          user_code: 'AB-12',
          verification_uri: `${server.url}/page`,
          interval: 0.1,
          expires_in: 60,
        },
      ],
      '/token':
        form.get('grant_type') === 'refresh_token'
          ? [400, { error: 'invalid_grant' }]
          : [200, { access_token: 'a', refresh_token: 'r', expires_in: 1, token_type: 'Bearer' }],
    };
    if (request.url === '/token') await state.beforeToken();
    const [status, json] = answers[request.url ?? ''] ?? [401, { error: { message: 'no' } }];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  });
  return { ...server, forms, state, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test('the hint after a refused refresh signs in again at the same issuer, client and profile', async () => {
  await using server = await issuer();
  await using home = await createHome();
  const named = ['--issuer', server.url, '--client-id', 'my app', '--base-url', `${server.url}/v1`];
  const first = await home.run(['auth', 'login', ...named, '--profile', 'work', '--no-browser']);
  expect(first.stderr).toContain('AB-12');

  const refused = await home.run(['chat', '-p', 'hi', '--profile', 'work']);
  expect(refused.code).toBe(3);
  const [, command = ''] = /qwen-demo (auth\b.*)$/m.exec(refused.stderr) ?? [];
  expect(command).toBe('auth --profile work');

  server.forms.length = 0;
  const again = await home.run([...command.split(' '), '--no-browser']);
  expect(again.stderr).toContain(`Signing in at ${server.url}, as profile work says.`);
  expect(new Set(server.forms.map((form) => form.get('client_id')))).toEqual(new Set(['my app']));
});

test('a login that the API refuses with 401 is not told to check a key', async () => {
  await using server = await issuer();
  await using home = await createHome();
  const named = ['--issuer', server.url, '--client-id', 'app', '--base-url', `${server.url}/v1`];
  const { stderr } = await home.run(['auth', 'login', ...named, '--no-browser', '--json']);
  expect(stderr).toContain('Sign in again: qwen-demo auth --issuer');
  expect(stderr).not.toMatch(/the key/);
});

test('a bare auth goes where the login of the default profile is from', async () => {
  await using server = await issuer();
  await using home = await createHome();
  const file = ['--credentials', `${home.path}/my login.json`];
  const env = { QWEN_DEMO_ISSUER: server.url, QWEN_DEMO_CLIENT_ID: 'app' };
  await home.run(['auth', '--base-url', `${server.url}/v1`, '--no-browser', ...file], { env });
  const refused = await home.run(['list-models', ...file]);
  expect(refused.stderr).toMatch(/qwen-demo auth --credentials '.*my login.json'$/m);
  server.forms.length = 0;
  const again = await home.run(['auth', '--no-browser', ...file]);
  expect(again.stderr.replaceAll(/\s+/g, ' ')).toContain(
    `Signing in at ${server.url}, as the login`,
  );
  expect(new Set(server.forms.map((form) => form.get('client_id')))).toEqual(new Set(['app']));

  await server[Symbol.asyncDispose]();
  const bare = await home.run(['auth', '--no-browser', ...file]);
  expect(bare.stderr).toContain('a server on this machine that has ended');
});

test('somebody with a key that is not used reads which one and why', async () => {
  await using home = await createHome();
  const { stderr } = await home.run(['chat', '-p', 'hi'], { env: { OPENAI_API_KEY: 'sk-1' } });
  expect(stderr).toContain(
    'Set and not used: OPENAI_API_KEY. OPENAI_API_KEY needs OPENAI_BASE_URL',
  );
});

test('somebody who signed in with another profile reads which one', async () => {
  await using server = await issuer();
  await using home = await createHome();
  const named = ['--issuer', server.url, '--client-id', 'app', '--base-url', `${server.url}/v1`];
  await home.run(['auth', 'login', ...named, '--profile', 'work', '--no-browser']);
  const { code, stderr } = await home.run(['chat', '-p', 'hi']);
  expect(code).toBe(3);
  expect(stderr).toMatch(/The profile work holds a login: add --profile work$/m);
});

test('somebody who never signed in reads the four ways in', async () => {
  await using home = await createHome();
  const { code, stderr } = await home.run(['chat', '-p', 'hi']);
  expect(code).toBe(3);
  const ways = [
    /DASHSCOPE_API_KEY/,
    /OPENAI_BASE_URL/,
    /auth --issuer URL/,
    /sandbox -- chat -p hi/,
  ];
  const places = ways.map((way) => stderr.search(way));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(0);
});

test('somebody who is not signed in at the issuer of the settings reads the command for it', async () => {
  await using home = await createHome();
  const env = { QWEN_DEMO_ISSUER: 'https://login.example.com' };
  const unnamed = await home.run(['chat', '-p', 'hi'], { env });
  expect(unnamed.stderr).toMatch(/a login at an issuer +qwen-demo auth --client-id ID$/m);
  const client = { ...env, QWEN_DEMO_CLIENT_ID: 'app' };
  const named = await home.run(['chat', '-p', 'hi'], { env: client });
  expect(named.stderr).toMatch(/a login at an issuer +qwen-demo auth$/m);
});

/** Makes the token of the stored login good for an hour. */
async function lengthen({ credentials }: Home): Promise<void> {
  const login = JSON.parse(await readFile(credentials, 'utf8')) as object;
  await writeFile(credentials, JSON.stringify({ ...login, expiry_date: Date.now() + 3_600_000 }));
}

test('a base URL in the environment that a login does not use is named, with the command for it', async () => {
  await using server = await issuer();
  await using home = await createHome();
  const env = { OPENAI_BASE_URL: `${server.url}/v1` };
  const login = ['auth', 'login', '--issuer', server.url, '--client-id', 'app', '--no-browser'];
  await home.run(login, { env });
  await lengthen(home);
  const { code, stderr } = await home.run(['list-models', '--auth', 'oauth'], { env });
  expect(code).toBe(2);
  expect(stderr).toContain('OPENAI_BASE_URL is not used');
  expect(stderr).toMatch(new RegExp(`qwen-demo auth --base-url ${server.url}/v1$`, 'm'));
});

test('a command whose token is good says that the server of the login has ended', async () => {
  await using server = await issuer();
  await using home = await createHome();
  const named = ['--issuer', server.url, '--client-id', 'app', '--base-url', `${server.url}/v1`];
  await home.run(['auth', 'login', ...named, '--no-browser']);
  await lengthen(home);
  await server[Symbol.asyncDispose]();
  const { code, stderr } = await home.run(['list-models', '--max-retries', '0']);
  expect(code).toBe(4);
  expect(stderr).toContain('a server on this machine that has ended, as a sandbox does');
});

test('before a login at Qwen itself a notice says that its free login was switched off', async () => {
  await using home = await createHome();
  const proxy = { HTTPS_PROXY: 'http://127.0.0.1:9' };
  const { stderr } = await home.run(['auth', '--no-browser'], { env: proxy });
  expect(stderr).toMatch(/switched its free login off on 2026-04-15[^]*error: /);
});

/** Makes config.json unwritable: a folder in the place of its lock. */
async function breakConfig(home: Home): Promise<void> {
  await mkdir(join(dirname(home.credentials), 'config.lock'), { recursive: true });
}

test.each([
  ['the credentials', (home: Home) => writeFile(join(home.path, 'store'), 'not a folder')],
  ['config.json', breakConfig],
  ['the lock', (home: Home) => mkdir(join(home.path, 'store', 'creds.qwen-demo.lock'), DEEP)],
  ["Qwen Code's lock", (home: Home) => mkdir(join(home.path, 'store', 'creds.lock', 'a'), DEEP)],
])('a login asks for no code where %s cannot be written', async (_, damage) => {
  await using server = await issuer();
  await using home = await createHome();
  const named = ['--issuer', server.url, '--client-id', 'app', '--no-browser'];
  const file = ['--credentials', join(home.path, 'store', 'creds.json'), '--profile', 'work'];
  await damage(home);
  const { code, stderr } = await home.run(['auth', ...named, ...file]);
  expect([code, server.forms.length]).toEqual([8, 0]);
  expect(stderr).not.toContain('AB-12');
});

const DEEP = { recursive: true };

test('a login whose settings cannot be recorded says that it is stored, and which flags to add', async () => {
  await using server = await issuer();
  await using home = await createHome();
  server.state.beforeToken = () => breakConfig(home);
  const named = ['--issuer', server.url, '--client-id', 'my app', '--base-url', `${server.url}/v1`];
  const file = ['--credentials', `${home.path}/creds.json`, '--no-browser', '--profile', 'work'];
  const { stderr } = await home.run(['auth', ...named, ...file]);
  const text = stderr.replaceAll(/\s+/g, ' ');
  expect(text).toContain(
    `The login is stored in ${home.path}/creds.json, but its settings are not.`,
  );
  expect(text).toContain(`--issuer ${server.url}`);
  expect(text).toContain(`--client-id 'my app'`);
  expect(existsSync(`${home.path}/creds.json`)).toBe(true);
});

test('the hint in the error event of auth login --json is the one on stderr, with its flags', async () => {
  await using server = await loopback((_, response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end('{"error":"interaction_required"}');
  });
  await using home = await createHome();
  const endpoints = ['--device-endpoint', `${server.url}/d`, '--token-endpoint', `${server.url}/t`];
  const args = [...endpoints, '--client-id', 'my app', '--profile', 'work', '--json'];
  const { code, stdout, stderr } = await home.run(['auth', 'login', ...args]);
  expect(code).toBe(3);
  const { error } = JSON.parse(stdout);
  expect(JSON.parse(stderr.trim().split('\n').at(-1) ?? '')).toEqual({ error });
  expect(error.hint).toContain("--client-id 'my app' --profile work");
});

test('auth status --json and auth list --json complete their hints by the profile', async () => {
  await using home = await createHome();
  const folder = dirname(home.credentials);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), '{"profiles":{"work":{}}}');
  await writeFile(join(folder, 'oauth_creds.work.json'), '{}', { mode: 0o600 });
  const status = await home.run(['auth', 'status', '--profile', 'work', '--json']);
  const { problem } = JSON.parse(status.stdout);
  expect(problem.hint).toMatch(/qwen-demo auth --profile work$/);
  const list = JSON.parse((await home.run(['auth', 'list', '--json'])).stdout);
  expect(list.profiles.at(-1).problem.hint).toBe(problem.hint);
});
