import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { loopback } from '../helpers/loopback.ts';
import { createInProcessHome } from '../helpers/in-process-home.ts';

const ANSWER = JSON.stringify({
  choices: [{ message: { content: 'hi' }, finish_reason: 'stop' }],
  data: [{ id: 'm' }],
});
const CHAT = ['chat', '-p', 'hi', '-m', 'm'];
const HEADERS = {
  OPENAI_API_KEY: 'sk-0123456789',
  QWEN_DEMO_HEADERS: 'X-Env: env-v4lue\nX-Both: env-v4lue',
};

test('the headers of flags, a variable and a profile go with every request', async () => {
  await using home = await createInProcessHome();
  const seen: IncomingHttpHeaders[] = [];
  home.answer(({ headers }, response) => {
    seen.push(headers);
    response.end(ANSWER);
  });
  const profile = { base_url: home.url, headers: { 'X-Both': 'p', 'X-Profile': 'profile' } };
  await home.put('config.json', JSON.stringify({ profiles: { default: profile } }));
  const flags = [
    '--header',
    'X-Flag: flag',
    '--header=X-Both: flag',
    '--api-key-header',
    'api-key',
  ];
  for (const args of [
    CHAT,
    ['list-models', '--live'],
    ['validate-models', '-m', 'm', '--probe', 'chat'],
  ]) {
    await home.run([...args, ...flags], HEADERS);
    expect(seen.length).toBeGreaterThan(0);
    for (const headers of seen.splice(0)) {
      expect(headers).toMatchObject({
        'x-flag': 'flag',
        'x-both': 'flag',
        'x-env': 'env-v4lue',
        'x-profile': 'profile',
        'api-key': 'sk-0123456789',
      });
      expect(headers).not.toHaveProperty('authorization');
    }
  }
});

test('neither a header nor the key in its own header is printed, even when the server repeats them', async () => {
  await using home = await createInProcessHome();
  home.answer(({ headers }, response) => {
    const echo = `${headers['x-secret']} and ${headers['x-gateway']}`;
    response.setHeader('x-echo', echo);
    response
      .writeHead(401, { 'x-request-id': echo })
      .end(JSON.stringify({ error: { message: echo } }));
  });
  const flags = ['--header', 'X-Secret: v4lue', '--api-key-header', 'X-Gateway', '--debug'];
  const env = { OPENAI_BASE_URL: home.url, OPENAI_API_KEY: 'k3yk3y' };
  for (const more of [[], ['--json'], ['-s']]) {
    const { code, stderr } = await home.run([...CHAT, ...flags, ...more], env);
    expect(code).toBe(3);
    expect(stderr).toContain('> x-secret: [redacted]');
    expect(stderr).toContain('> x-gateway: [redacted]');
    expect(stderr).not.toMatch(/v4lue|k3yk3y/);
  }
});

test('a header goes to no other origin', async () => {
  await using home = await createInProcessHome();
  let strangers = 0;
  await using stranger = await loopback((_, response) => {
    strangers += 1;
    response.end(ANSWER);
  });
  home.answer((_, response) => response.writeHead(308, { location: `${stranger.url}/v1/` }).end());
  const { code, stderr } = await home.run([...CHAT, '--header', 'X-Secret: v4lue'], {
    OPENAI_BASE_URL: home.url,
  });
  expect([code, strangers]).toEqual([7, 0]);
  expect(stderr).toContain(new URL(stranger.url).host);
  expect(stderr).not.toContain('v4lue');
});

test('auth status shows the names of headers and their places, and no value', async () => {
  await using home = await createInProcessHome();
  const args = ['auth', 'status', '--header', 'X-Both: v4lue', '--api-key-header', 'api-key'];
  const env = { ...HEADERS, OPENAI_API_BASE: home.url };
  const { stdout } = await home.run(args, env);
  expect(stdout).toMatch(/endpoint +http:\S+\/v1 \(OPENAI_API_BASE\)/);
  expect(stdout).toMatch(/key header +api-key \(--api-key-header\)/);
  expect(stdout).toMatch(
    /headers +x-env \(QWEN_DEMO_HEADERS\), x-both \(--header, over QWEN_DEMO_HEADERS\)/,
  );
  const json = await home.run([...args, '--json'], env);
  expect(JSON.parse(json.stdout)).toMatchObject({
    api_key_header: { value: 'api-key' },
    headers: [{ name: 'x-env' }, { name: 'x-both', over: ['QWEN_DEMO_HEADERS'] }],
  });
  expect(stdout + json.stdout).not.toContain('v4lue');
});

test('a stored key keeps its header', async () => {
  await using home = await createInProcessHome();
  const keys: unknown[] = [];
  home.answer(({ headers }, response) => {
    keys.push(headers['api-key']);
    response.end(ANSWER);
  });
  const login = ['auth', 'login', '--with-api-key', '--base-url', home.url];
  await home.run([...login, '--api-key-header', 'Api-Key'], {}, 'sk-stored');
  await home.run(CHAT);
  expect(keys).toEqual(['sk-stored', 'sk-stored']);
  expect(JSON.parse(await home.read('config.json')).profiles.default).toMatchObject({
    api_key_header: 'api-key',
    from_login: expect.arrayContaining(['api_key_header']),
  });
});

test.each([
  ['--header', 'Cookie: v4lue'],
  ['--header', 'v4lue'],
  ['--api-key-header', 'Host'],
])('%s %s ends with exit code 2', async (flag, value) => {
  await using home = await createInProcessHome();
  const { code, stderr } = await home.run([...CHAT, flag, value]);
  expect(code).toBe(2);
  expect(stderr).toContain(flag);
  expect(stderr).not.toContain('v4lue');
});
