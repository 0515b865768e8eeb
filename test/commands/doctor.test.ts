import { chmod, mkdir, readdir, utimes } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { textWidth } from '../../src/terminal/wrap.ts';
import { commandLine } from '../helpers/command-line.ts';
import { createInProcessHome, type InProcessHome } from '../helpers/in-process-home.ts';

/** The time of the clock in these tests. */
const NOW = 1_800_000_000_000;
const KEY = 'sk-0123456789abcdef';
const LOGIN = {
  access_token: 'access-0123456789',
  refresh_token: 'refresh-0123456789',
  token_type: 'Bearer',
  resource_url: 'portal.qwen.ai',
  expiry_date: NOW + 3_600_000,
};

let home: InProcessHome;
beforeAll(async () => {
  home = await createInProcessHome();
});
afterAll(() => home[Symbol.asyncDispose]());
beforeEach(async () => {
  await chmod(home.home, 0o700);
  await home.furnish([]);
  home.answer(models('qwen3-coder-plus', 'qwen3-max'));
});

const models =
  (...ids: string[]): RequestListener =>
  (request, response) => {
    const known = request.headers.authorization === `Bearer ${KEY}`;
    const body = known ? { data: ids.map((id) => ({ id })) } : { error: { message: 'Who?' } };
    response.writeHead(known ? 200 : 401, { date: new Date(NOW).toUTCString() });
    response.end(JSON.stringify(body));
  };

/** The lines of the report of each check: `ok: ...`. */
async function doctor(env: Record<string, string> = {}, flags: string[] = []) {
  const { code, stdout, stderr } = await home.run(['doctor', '--json', ...flags], env);
  const { checks, ok } = JSON.parse(stdout) as {
    ok: boolean;
    checks: { check: string; status: string; message: string; hint: string | null; code: string }[];
  };
  const of = (name: string) =>
    checks
      .filter(({ check }) => check === name)
      .map(({ status, message, hint }) => [`${status}: ${message}`, hint].join('\n'))
      .join('\n');
  return { code, ok, of, stdout, all: stdout + stderr, stderr };
}

const withKey = () => ({ OPENAI_BASE_URL: `${home.url}/v1`, OPENAI_API_KEY: KEY });

test('doctor exits 0 when every check is as it should be, and shows no secret', async () => {
  const { code, ok, of, stdout } = await doctor(withKey());
  expect({ code, ok }, stdout).toEqual({ code: 0, ok: true });
  expect(of('folder')).toContain('ok: ~, mode 0700');
  expect(of('connection')).toContain('HTTP 401');
  expect(of('clock')).toContain('ok: 0 s');
  expect(of('models')).toContain('2 models, qwen3-coder-plus too');
  expect(stdout).not.toContain(KEY);
  expect(stdout).not.toContain(home.home);
});

test('doctor checks what it can without a login and a network, and exits as the first problem', async () => {
  const { code, of, all } = await doctor();
  expect(code).toBe(3);
  expect(of('token')).toContain('problem: You are not signed in');
  expect(of('proxy')).toMatch(
    /problem: There is no way to .*: the proxy 127\.0\.0\.1:\d+ answered 403/,
  );
  expect(of('connection')).toContain('see proxy');
  expect(of('clock')).toContain('warning: it was not compared');
  expect(all).not.toContain(home.home);
});

test('doctor says which settings are wrong, and uses no access with others', async () => {
  await home.put('config.json', '{"profiles": {');
  const asked: (string | undefined)[] = [];
  home.answer((request, response) => {
    asked.push(request.headers.authorization);
    response.end('{}');
  });
  const { code, of } = await doctor(withKey());
  expect(code).toBe(2);
  expect(of('settings')).toContain('problem: ~/config.json is not JSON');
  expect(of('token')).toContain('warning');
  expect(asked).toEqual([undefined]);
  const wrong = await doctor({ ...withKey(), QWEN_DEMO_TIMEOUT: 'soon' });
  expect(wrong.code).toBe(2);
});

test.each([
  [{ temperature: 9 }, 'profile default: temperature 9 is not a number from 0 to 2'],
  [{ max_tokens: -5 }, 'profile default: max_tokens -5 is not a whole number from 1'],
  [{ top_p: 7 }, 'profile default: top_p 7 is not a number above 0, up to 1'],
  [{ system: '@none.txt' }, 'Cannot read ~/none.txt: no such file or directory'],
])('doctor says of a profile with %j what chat says of it', async (profile, message) => {
  await home.put('config.json', JSON.stringify({ profiles: { default: profile } }));
  const { code, of } = await doctor(withKey());
  expect(of('settings')).toContain(`problem: ${message}`);
  expect(of('settings')).not.toContain('good');
  expect(of('models')).toContain('ok');
  const chat = await home.run(['chat', 'hi'], withKey());
  expect(chat.stderr).toContain(message.replace('~', home.home));
  expect([code, chat.code]).toEqual([2, 2]);
});

test('doctor compares the clock with the date of the server, and with the age of a copy', async () => {
  const late = new Date(NOW - 90_000).toUTCString();
  home.answer((_, response) => void response.writeHead(200, { date: late }).end('{"data":[]}'));
  const { of, code } = await doctor(withKey());
  expect(of('clock')).toMatch(
    /^warning: 1 min 29 s ahead of 127\.0\.0\.1.*\n.*\n {2}sudo timedatectl/,
  );
  expect(code).toBe(0);
  home.answer((_, response) => {
    response.writeHead(200, { date: late, age: '90' }).end('{"data":[]}');
  });
  expect((await doctor(withKey())).of('clock')).toContain('ok: 0 s');
});

describe('the answer of the server', () => {
  test.each([
    [401, `{"error":{"message":"bad key ${KEY}"}}`, 3, 'models', 'problem'],
    [503, 'x', 5, 'connection', 'warning: 127.0.0.1'],
    [200, '<html>sign in</html>', 7, 'connection', 'with a web page'],
    [404, '{}', 0, 'models', 'no list of its models'],
    [200, '{"data":[]}', 0, 'models', 'Load a model there first'],
    [200, '{"data":[{"id":"other"}]}', 0, 'models', 'qwen-demo config set model'],
  ])('%i %s exits %i', async (status, body, exit, check, text) => {
    const type = body.startsWith('<') ? 'text/html' : 'application/json';
    home.answer((_, response) => {
      response.writeHead(status, { 'content-type': type }).end(body);
    });
    const { code, of, all } = await doctor(withKey());
    expect({ code }, all).toEqual({ code: exit });
    expect(of(check)).toContain(text);
    expect(all).not.toContain(KEY);
  });

  test('none within the limit, of which no flag makes a longer one', async () => {
    home.answer(() => {});
    const { code, of } = await doctor(withKey(), ['--timeout', '1s']);
    expect(code).toBe(4);
    expect(of('connection')).toMatch(/within 1s\nTry again\. If it stays so/);
  });

  test('none: nothing listens there', async () => {
    const { code, of } = await doctor({ OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' });
    expect(code).toBe(4);
    expect(of('connection')).toContain('refused the connection');
    expect(of('models')).toContain('warning');
  });
});

describe('the files of the program', () => {
  const text = JSON.stringify(LOGIN);

  test('a login that other users can read, and a folder that they can write to', async () => {
    await home.put('oauth_creds.json', text);
    await chmod(join(home.home, 'oauth_creds.json'), 0o644);
    await chmod(home.home, 0o770);
    const { of, all } = await doctor();
    expect(of('files')).toMatch(/warning: .*oauth_creds\.json, mode 0644[^]*chmod 600 ~\/oauth/);
    expect(of('folder')).toContain('chmod 700 ~');
    expect(of('token')).toContain('refreshed automatically');
    expect(all).not.toMatch(/access-0123|refresh-0123/);
  });

  test('a damaged login is a problem where it is used, else a warning with its profile', async () => {
    await home.put('oauth_creds.json', '{');
    await home.put('oauth_creds.work.json', '{');
    const used = await doctor();
    expect(used.code).toBe(8);
    expect(used.of('files')).toContain('problem: ~/oauth_creds.json');
    expect(used.of('files')).toContain('qwen-demo auth --profile work');
    const unused = await doctor(withKey());
    expect(unused.code).toBe(0);
    expect(unused.of('files')).toContain('qwen-demo auth --profile default');
  });

  test('locks and temporary files that were left, of which it deletes none', async () => {
    const owner = { host: 'x', boot: '', namespace: '', pid: 7, start_time: '', nonce: 'n' };
    const names = ['config.lock', 'oauth_creds.json.0123456789abcdef.x.tmp'];
    await home.put('config.lock', JSON.stringify(owner));
    await home.put(names[1] ?? '', '{}');
    await mkdir(join(home.home, 'oauth_creds.lock'));
    for (const name of await readdir(home.home)) await utimes(join(home.home, name), 1e9, 1e9);
    const { of, code } = await doctor(withKey());
    expect(code).toBe(0);
    expect(of('files')).toContain('a lock is left: config.lock, made');
    expect(of('files')).toContain('; oauth_creds.lock, made');
    expect(of('files')).toContain('a write did not finish: oauth_creds.json.0123');
    expect(await readdir(home.home)).toEqual(expect.arrayContaining(names));
  });

  test('a folder in the place of a lock is a problem where the lock is used, in the words of the command that takes it', async () => {
    await home.put('oauth_creds.json', text);
    for (const name of ['oauth_creds.qwen-demo.lock', 'oauth_creds.work.qwen-demo.lock']) {
      await mkdir(join(home.home, name));
    }
    await mkdir(join(home.home, 'oauth_creds.lock/full'), { recursive: true });
    const { of, code } = await doctor();
    expect(code).toBe(8);
    const refusal = 'oauth_creds.qwen-demo.lock is a folder, not a file';
    expect(of('files')).toContain(`problem: ~/oauth_creds.lock is a folder that is not empty`);
    expect(of('files')).toContain(`~/${refusal}`);
    expect(of('files')).toMatch(
      /^warning: ~\/oauth_creds\.work\.qwen-demo\.lock .*\nMove it away/m,
    );
    expect(of('files')).not.toMatch(/lock is left|no lock/);
    const refresh = await home.run(['auth', 'refresh', '--force']);
    expect(refresh).toMatchObject({ code: 8 });
    expect(refresh.stderr).toContain(refusal);
  });

  test('a folder that is a file', async () => {
    await home.put('file', '');
    const { of, code } = await doctor({ ...withKey(), QWEN_DEMO_HOME: join(home.home, 'file') });
    expect(of('files')).toContain('warning: Cannot list ~/file: ');
    expect(of('files')).not.toMatch(/^ok/m);
    expect(of('folder')).toContain('problem: Cannot write to ~/file');
    expect(code).toBe(8);
  });
});

test('doctor names the variables about certificates that do harm', async () => {
  await home.put('none.pem', 'x');
  const { of } = await doctor({
    ...withKey(),
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_EXTRA_CA_CERTS: join(home.home, 'none.pem'),
  });
  expect(of('tls')).toContain('warning: NODE_TLS_REJECT_UNAUTHORIZED=0');
  expect(of('tls')).toContain('~/none.pem: it holds no certificate');
});

test('doctor fits 40 columns', async () => {
  const env = { HOME: home.home, QWEN_DEMO_HOME: home.home, ...withKey() };
  const { run, stdout } = commandLine({ env, columns: 40 });
  expect(await run('doctor')).toBeUndefined();
  expect(stdout()).toContain('0 problems, ');
  for (const line of stdout().split('\n')) {
    expect(textWidth(line) <= 40 || line.trim().split(' ').length === 1, line).toBe(true);
  }
});
