import { stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createInProcessHome } from '../../helpers/in-process-home.ts';
import { bodyOf } from '../../helpers/loopback.ts';

const home = await createInProcessHome();
afterAll(() => home[Symbol.asyncDispose]());

const SECRET = 'S3cret/+with%signs';
const LOGIN = ['auth', 'login', '--no-browser'];
const BY_HAND = [
  '--device-endpoint',
  `${home.url}/device`,
  '--token-endpoint',
  `${home.url}/token`,
];
const APP = [...BY_HAND, '--client-id', 'app', '--base-url', `${home.url}/v1`];

/** Every form that the server got, with its path. */
let forms: [path: string, form: URLSearchParams][] = [];

async function answer(request: IncomingMessage): Promise<object> {
  const path = request.url ?? '';
  const body = await bodyOf(request);
  if (path === '/v1/chat/completions') {
    return { choices: [{ message: { content: 'OK' }, finish_reason: 'stop' }] };
  }
  forms.push([path, new URLSearchParams(body)]);
  const code = { device_code: 'd', user_code: 'ABCD', expires_in: 60, interval: 1 };
  if (path === '/device') return { ...code, verification_uri: `${home.url}/page` };
  return { access_token: 'access-1', refresh_token: 'refresh-1', expires_in: 3600 };
}

beforeEach(async () => {
  forms = [];
  await home.furnish([]);
  home.answer(async (request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(await answer(request)));
  });
});

const stored = async () => JSON.parse(await home.read('oauth_creds.json'));

test('a login by hand sends no metadata request, and later commands need no flags', async () => {
  const params = [
    '--param',
    'audience=https://api.example/?a=b',
    '--param',
    'x=1',
    '--param',
    'x=2',
  ];
  const login = await home.run([...LOGIN, ...APP, ...params, '--scope', 'read:user']);
  expect(login).toMatchObject({ code: 0, stderr: expect.not.stringContaining('error') });
  expect(await home.run(['auth', 'refresh', '--force'])).toMatchObject({ code: 0 });

  const [device, token, refresh] = forms;
  expect(forms.map(([path]) => path)).toEqual(['/device', '/token', '/token']);
  expect([...(device?.[1] ?? [])]).toEqual([
    ['client_id', 'app'],
    ['scope', 'read:user'],
    ['code_challenge', expect.any(String)],
    ['code_challenge_method', 'S256'],
    ['audience', 'https://api.example/?a=b'],
    ['x', '1'],
    ['x', '2'],
  ]);
  for (const form of [token?.[1], refresh?.[1]]) expect(form?.has('audience')).toBe(false);
  expect(await stored()).toMatchObject({
    issuer: home.url,
    client_id: 'app',
    scope: 'read:user',
    device_authorization_endpoint: `${home.url}/device`,
    token_endpoint: `${home.url}/token`,
    param: ['audience=https://api.example/?a=b', 'x=1', 'x=2'],
  });
});

test('a login by hand without --scope sends no scope, and no header or client of Qwen', async () => {
  const headers: IncomingMessage['headers'][] = [];
  home.answer(async (request, response) => {
    headers.push(request.headers);
    response.end(JSON.stringify(await answer(request)));
  });
  expect(await home.run([...LOGIN, ...APP])).toMatchObject({ code: 0 });
  expect(forms[0]?.[1].has('scope')).toBe(false);
  expect(headers[0]).not.toHaveProperty('x-request-id');
});

describe('the client secret', () => {
  test.each<[string, string[], Record<string, string>, string]>([
    ['a file', ['--client-secret-file', 'FILE'], {}, ''],
    ['a file, before the variable', ['--client-secret-file', 'FILE'], { V: 'other' }, ''],
    ['standard input', ['--client-secret-file', '-'], {}, `\uFEFF${SECRET}\r\n`],
    ['QWEN_DEMO_CLIENT_SECRET', [], { V: ` ${SECRET} ` }, ''],
  ])('of %s goes to both endpoints and to the refresh, and is never shown', async (...row) => {
    const [, flags, { V: variable }, stdin] = row;
    const file = join(home.home, 'secret.txt');
    await writeFile(file, `${SECRET}\n`);
    const args = flags.map((flag) => (flag === 'FILE' ? file : flag));
    const env = variable === undefined ? {} : { QWEN_DEMO_CLIENT_SECRET: variable };
    const login = await home.run([...LOGIN, ...APP, ...args, '--debug'], env, stdin);
    expect(login).toMatchObject({ code: 0 });
    const refresh = await home.run(['auth', 'refresh', '--force', '--debug']);
    const status = await home.run(['auth', 'status', '--json']);

    expect(forms.map(([, form]) => form.get('client_secret'))).toEqual([SECRET, SECRET, SECRET]);
    expect(await stored()).toMatchObject({ client_secret: SECRET });
    for (const { stdout, stderr } of [login, refresh, status]) {
      for (const text of [SECRET, encodeURIComponent(SECRET)]) {
        expect(stdout + stderr).not.toContain(text);
      }
    }
  });

  test('of a stored login is used with all that it keeps when the same client signs in there again', async () => {
    const env = { QWEN_DEMO_CLIENT_SECRET: SECRET };
    await home.run([...LOGIN, ...APP, '--scope', 'api', '--param', 'a=b'], env);
    const first = await stored();
    expect(await home.run([...LOGIN, ...BY_HAND])).toMatchObject({ code: 0 });
    expect(await stored()).toEqual({ ...first, expiry_date: expect.any(Number) });
    expect([forms[2]?.[1].get('scope'), forms[2]?.[1].get('a')]).toEqual(['api', 'b']);
    const again = forms
      .slice(2)
      .map(([, form]) => [form.get('client_id'), form.get('client_secret')]);
    expect(again).toEqual([
      ['app', SECRET],
      ['app', SECRET],
    ]);
  });

  test('is kept in the pending login of two steps, in a file for its owner only', async () => {
    const env = { QWEN_DEMO_CLIENT_SECRET: SECRET };
    const begun = await home.run(['auth', 'login', ...APP, '--init-only', '--json'], env);
    expect(begun).toMatchObject({ code: 0, stdout: expect.not.stringContaining(SECRET) });
    const { mode } = await stat(join(home.home, 'pending_login.json'));
    expect(mode & 0o777).toBe(0o600);
    expect(await home.run(['auth', 'login', '--complete'])).toMatchObject({ code: 0 });
    expect(forms.map(([, form]) => form.get('client_secret'))).toEqual([SECRET, SECRET]);
    expect(await stored()).toMatchObject({ client_secret: SECRET, issuer: home.url });
  });

  test.each([
    ['an empty file', ''],
    ['a file of several lines', '{\n"client_secret": "hush-hush"\n}'],
    ['a binary file', 'hush-hush\0'],
    ['a large file', 'hush-hush'.repeat(1000)],
  ])('in %s exits 2 before a request, and the file is not shown', async (_, text) => {
    const file = join(home.home, 'secret.txt');
    await writeFile(file, text);
    const run = await home.run([...LOGIN, ...APP, '--client-secret-file', file]);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/^error: .*secret/);
    expect(run.stderr).not.toContain('hush-hush');
    expect(forms).toEqual([]);
  });

  test('cannot be given by a flag, and what is given so is not shown', async () => {
    for (const flag of [['--client-secret=hush-hush'], ['--client-secret', 'hush-hush']]) {
      const run = await home.run([...LOGIN, ...APP, ...flag]);
      expect(run).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--client-secret-file'),
      });
      expect(run.stderr).not.toContain('hush-hush');
    }
  });
});

test.each<[string, string[]]>([
  ['an issuer without --client-id', ['--issuer', 'https://login.example.com']],
  ['endpoints without --client-id', BY_HAND],
  ['one endpoint without an issuer', ['--token-endpoint', `${home.url}/t`, '--client-id', 'app']],
  [
    'an endpoint without https',
    ['--token-endpoint', 'http://a.example/t', '--device-endpoint', 'x'],
  ],
  ['a host with a path', ['--trust-host', 'a.example/b']],
  ['a parameter that is a secret', ['--param', 'client_secret=x']],
  ['a parameter without a value', ['--param', 'audience']],
  ['endpoints for an API key', ['--with-api-key', '--param', 'a=b']],
])('auth login with %s exits 2 with one error that says what to type', async (_, flags) => {
  const run = await home.run([...LOGIN, ...flags]);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toMatch(/^error: /);
  expect(run.stderr).toMatch(/--[a-z-]+/);
  expect(forms).toEqual([]);
});

test('a named profile keeps the endpoints and parameters, and drops them for another issuer', async () => {
  const profile = ['--profile', 'work'];
  const more = ['--param', 'a=b', '--trust-host', 'x.example'];
  expect(await home.run([...LOGIN, ...APP, ...profile, ...more])).toMatchObject({ code: 0 });
  const recorded = async () => JSON.parse(await home.read('config.json')).profiles.work;
  const server = { issuer: home.url, trust_host: ['x.example'], param: ['a=b'] };
  const endpoints = { device_endpoint: `${home.url}/device`, token_endpoint: `${home.url}/token` };
  expect(await recorded()).toMatchObject({ ...server, ...endpoints, client_id: 'app' });
  expect(await home.run([...LOGIN, ...profile])).toMatchObject({ code: 0 });
  expect(forms[2]?.[1].get('a')).toBe('b');

  const env = { QWEN_DEMO_ISSUER: 'https://third.example' };
  expect(await home.run([...LOGIN, ...profile, '--client-id', 'x'], env)).toMatchObject({
    code: 4,
  });
  const [device, token] = [`${home.url}/device?v=2`, `${home.url}/token?v=2`];
  const other = ['--device-endpoint', device, '--token-endpoint', token, '--client-id', 'new'];
  home.answer(async (request, response) => {
    request.url = request.url?.replace('?v=2', '');
    response.end(JSON.stringify(await answer(request)));
  });
  expect(await home.run([...LOGIN, ...profile, ...other])).toMatchObject({ code: 0 });
  expect(await recorded()).toMatchObject({ device_endpoint: device, client_id: 'new' });
  expect(await recorded()).not.toHaveProperty('param');
});

test('where no terminal shows the code a notice names the same login in two steps', async () => {
  const flags = [...APP, '--profile', 'work', '--param', 'audience=a b'];
  const piped = await home.run([...LOGIN, ...flags, '--param', 'x=1']);
  expect(piped.code).toBe(0);
  expect(piped.stderr).toMatch(/enter the code ABCD\n\nNo terminal shows this code\./);
  const commands = piped.stderr.split('\n').filter((line) => line.startsWith('  qwen-demo'));
  const [begin = '', finish] = commands;
  expect(commands).toHaveLength(2);
  expect(finish).toBe('  qwen-demo auth login --complete --profile work');
  for (const flag of APP) expect(begin).toContain(` ${flag}`);
  expect(begin).toMatch(/^  qwen-demo auth login --init-only .*--profile work/);
  expect(begin).toContain(" --param 'audience=a b' --param x=1");

  const first = await home.run([...LOGIN, ...flags, '--init-only']);
  expect(first.stderr).not.toContain('No terminal');
  const second = await home.run(['auth', 'login', '--complete', '--profile', 'work']);
  expect(second).toMatchObject({ code: 0, stderr: expect.not.stringContaining('No terminal') });
  const json = await home.run([...LOGIN, ...flags, '--json']);
  expect(json).toMatchObject({ code: 0, stderr: expect.not.stringContaining('No terminal') });
});
