import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { textWidth } from '../../src/terminal/wrap.ts';
import { commandLine } from '../helpers/command-line.ts';
import { createDoctorHome, type DoctorHome, KEY, NOW } from '../helpers/doctor.ts';

let home: DoctorHome;
beforeAll(async () => {
  home = await createDoctorHome();
});
afterAll(() => home[Symbol.asyncDispose]());
beforeEach(() => home.begin());

test('doctor exits 0 when every check is as it should be, and shows no secret', async () => {
  const { code, ok, of, stdout } = await home.doctor(home.withKey());
  expect({ code, ok }, stdout).toEqual({ code: 0, ok: true });
  expect(of('folder')).toContain('ok: ~, mode 0700');
  expect(of('connection')).toContain('HTTP 401');
  expect(of('clock')).toContain('ok: 0 s');
  expect(of('models')).toContain('2 models, qwen3-coder-plus too');
  expect(stdout).not.toContain(KEY);
  expect(stdout).not.toContain(home.home);
});

test('doctor checks what it can without a login and a network, and exits as the first problem', async () => {
  const { code, of, all } = await home.doctor();
  expect(code).toBe(3);
  expect(of('token')).toContain('problem: You are not signed in');
  expect(of('proxy')).toMatch(
    /problem: There is no way to .*: the proxy 127\.0\.0\.1:\d+ answered 403/,
  );
  expect(of('connection')).toContain('see proxy');
  expect(of('clock')).toContain('warning: it was not compared');
  expect(all).not.toContain(home.home);
});

test.each([
  ['a login at another server is missing', 3, (url: string) => ({ issuer: url })],
  ['config.json holds a mistake', 2, () => ({ issuer: 7 })],
])('doctor has no problem with the default API when %s', async (_, exit, profileOf) => {
  const profiles = { default: profileOf(home.url) };
  await home.put('config.json', JSON.stringify({ profiles }));
  const { code, of } = await home.doctor();
  expect(code).toBe(exit);
  expect(of('proxy')).toContain('warning: There is no way to dashscope.aliyuncs.com');
  for (const check of ['dns', 'proxy', 'connection', 'tls']) {
    expect(of(check)).not.toMatch(/^problem.*dashscope/m);
  }
});

test('doctor says which settings are wrong, and uses no access with others', async () => {
  await home.put('config.json', '{"profiles": {');
  const asked: (string | undefined)[] = [];
  home.answer((request, response) => {
    asked.push(request.headers.authorization);
    response.end('{}');
  });
  const { code, of } = await home.doctor(home.withKey());
  expect(code).toBe(2);
  expect(of('settings')).toContain('problem: ~/config.json is not JSON');
  expect(of('token')).toContain('warning');
  expect(asked).toEqual([undefined]);
  const wrong = await home.doctor({ ...home.withKey(), QWEN_DEMO_TIMEOUT: 'soon' });
  expect(wrong.code).toBe(2);
});

test.each([
  [{ temperature: 9 }, 'profile default: temperature 9 is not a number from 0 to 2'],
  [{ max_tokens: -5 }, 'profile default: max_tokens -5 is not a whole number from 1'],
  [{ top_p: 7 }, 'profile default: top_p 7 is not a number above 0, up to 1'],
  [{ system: '@none.txt' }, 'Cannot read ~/none.txt: no such file or directory'],
])('doctor says of a profile with %j what chat says of it', async (profile, message) => {
  await home.put('config.json', JSON.stringify({ profiles: { default: profile } }));
  const { code, of } = await home.doctor(home.withKey());
  expect(of('settings')).toContain(`problem: ${message}`);
  expect(of('settings')).not.toContain('good');
  expect(of('models')).toContain('ok');
  const chat = await home.run(['chat', 'hi'], home.withKey());
  expect(chat.stderr).toContain(message.replace('~', home.home));
  expect([code, chat.code]).toEqual([2, 2]);
});

test('doctor compares the clock with the date of the server, and with the age of a copy', async () => {
  const late = new Date(NOW - 90_000).toUTCString();
  home.answer((_, response) => void response.writeHead(200, { date: late }).end('{"data":[]}'));
  const { of, code } = await home.doctor(home.withKey());
  expect(of('clock')).toMatch(
    /^warning: 1 min 29 s ahead of 127\.0\.0\.1.*\n.*\n {2}sudo timedatectl/,
  );
  expect(code).toBe(0);
  home.answer((_, response) => {
    response.writeHead(200, { date: late, age: '90' }).end('{"data":[]}');
  });
  expect((await home.doctor(home.withKey())).of('clock')).toContain('ok: 0 s');
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
    const { code, of, all } = await home.doctor(home.withKey());
    expect({ code }, all).toEqual({ code: exit });
    expect(of(check)).toContain(text);
    expect(all).not.toContain(KEY);
  });

  test('none within the limit, of which no flag makes a longer one', async () => {
    home.answer(() => {});
    const { code, of } = await home.doctor(home.withKey(), ['--timeout', '1s']);
    expect(code).toBe(4);
    expect(of('connection')).toMatch(/within 1s\nTry again\. If it stays so/);
  });

  test('none: nothing listens there', async () => {
    const { code, of } = await home.doctor({ OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' });
    expect(code).toBe(4);
    expect(of('connection')).toContain('refused the connection');
    expect(of('models')).toContain('warning');
  });
});

test('doctor names the variables about certificates that do harm', async () => {
  await home.put('none.pem', 'x');
  const { of } = await home.doctor({
    ...home.withKey(),
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_EXTRA_CA_CERTS: join(home.home, 'none.pem'),
  });
  expect(of('tls')).toContain('warning: NODE_TLS_REJECT_UNAUTHORIZED=0');
  expect(of('tls')).toContain('~/none.pem: it holds no certificate');
});

test('doctor fits 40 columns', async () => {
  const env = { HOME: home.home, QWEN_DEMO_HOME: home.home, ...home.withKey() };
  const { run, stdout } = commandLine({ env, columns: 40 });
  expect(await run('doctor')).toBeUndefined();
  expect(stdout()).toContain('0 problems, ');
  for (const line of stdout().split('\n')) {
    expect(textWidth(line) <= 40 || line.trim().split(' ').length === 1, line).toBe(true);
  }
});
