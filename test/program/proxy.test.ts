import { expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { loopback } from '../helpers/loopback.ts';
import { createHome } from '../helpers/program.ts';

test('HTTPS_PROXY applies to login and API and never to loopback addresses', async () => {
  await using sandbox = await startSandbox();
  const asked: string[] = [];
  await using proxy = await loopback((_, response) => response.end());
  proxy.server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await using home = await createHome({ HTTPS_PROXY: proxy.url });
  const far = { OPENAI_BASE_URL: 'https://api.example.invalid/v1', OPENAI_API_KEY: 'k' };
  const chat = ['chat', '-p', 'What is 1 + 2?', '--max-retries', '0'];

  expect(await home.run(chat, { env: far })).toMatchObject({
    code: 4,
    stderr: expect.stringContaining(
      `There is no way to api.example.invalid:443: the proxy ${new URL(proxy.url).host} answered 502`,
    ),
  });
  expect((await home.run(['auth'])).code).toBe(4);
  expect(asked).toEqual(['api.example.invalid:443', 'chat.qwen.ai:443']);
  expect(await home.run(chat, { env: sandbox.environment('key') })).toMatchObject({ code: 0 });
  expect(asked).toHaveLength(2);
});

test('a proxy without a scheme uses http', async () => {
  const asked: string[] = [];
  await using proxy = await loopback((_, response) => response.end());
  proxy.server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await using home = await createHome({ HTTPS_PROXY: new URL(proxy.url).host });
  expect((await home.run(['auth'])).code).toBe(4);
  expect(asked).toEqual(['chat.qwen.ai:443']);
});

test.each(['::::', 'ftp://user:hunter22@proxy.example', 'http://'])(
  'HTTPS_PROXY=%s is wrong usage, and is not repeated',
  async (HTTPS_PROXY) => {
    await using home = await createHome({ HTTPS_PROXY });
    const { code, stderr } = await home.run(['auth', '--debug']);
    expect(code).toBe(2);
    expect(stderr).toContain('error: HTTPS_PROXY does not name an http, https or socks5 proxy\n');
    expect(stderr).not.toContain(HTTPS_PROXY === 'http://' ? 'Invalid URL' : HTTPS_PROXY);
  },
);
