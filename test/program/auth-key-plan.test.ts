import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { createHome } from '../helpers/program.ts';
import { onTerminal } from '../helpers/pty.ts';
import { createCertificate, listen, tunnelTo } from '../helpers/tls.ts';

/** A proxy whose tunnels all lead to one server, where only the Coding Plan in `intl` takes the key. */
async function tunnels() {
  const hosts = ['dashscope', 'dashscope-intl', 'dashscope-us', 'cn-hongkong.dashscope'];
  hosts.push('coding.dashscope', 'coding-intl.dashscope');
  const cert = createCertificate(hosts.map((host) => `${host}.aliyuncs.com`).join(',DNS:'));
  const far = await listen(({ url, headers }, response) => {
    const taken = headers.host === 'coding-intl.dashscope.aliyuncs.com';
    const status = !taken ? 401 : url?.endsWith('/models') ? 404 : 200;
    const message = { role: 'assistant', content: 'OK' };
    const answer = { model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }] };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(status === 200 ? answer : { error: { message: 'no' } }));
  }, cert);
  const asked: string[] = [];
  const proxy = await tunnelTo(far.port, asked);
  return {
    url: `http://127.0.0.1:${proxy.port}`,
    certificate: cert.path,
    asked,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await far[Symbol.asyncDispose]();
      cert[Symbol.dispose]();
    },
  };
}

test('a key without a plan is not sent anywhere unless the user agrees at the terminal', async () => {
  await using home = await createHome();
  await using proxy = await tunnels();
  const env = { HTTPS_PROXY: proxy.url, HOME: home.path };
  const piped = await home.run(['auth', 'login', '--with-api-key'], { env, input: 'sk-x' });
  expect(piped).toMatchObject({ code: 2, stdout: '' });
  expect(piped.stderr).toContain('qwen-demo auth login --with-api-key --plan standard');
  const auth = onTerminal(['auth', 'login', '--with-api-key'], { env });
  await auth.seen(/until one accepts it\? \[y\/N\] /);
  auth.type('\r');
  expect(await auth.exit).toBe(2);
  expect(proxy.asked).toEqual([]);
});

test('a key without a plan is stored for the first endpoint that accepts it', async () => {
  await using home = await createHome();
  await using proxy = await tunnels();
  const env = {
    HTTPS_PROXY: proxy.url,
    NODE_EXTRA_CA_CERTS: proxy.certificate,
    HOME: home.path,
  };
  const auth = onTerminal(['auth', 'login', '--with-api-key'], { env });
  await auth.seen(/until one accepts it\? \[y\/N\] /);
  auth.type('y\r');
  await auth.seen(/API key \(not shown\): /);
  auth.type('sk-coding\r');
  expect(await auth.exit).toBe(0);
  const screen = (await auth.screen()).join('\n');
  expect(screen).toContain(
    'Coding Plan, intl (coding-intl.dashscope.aliyuncs.com) accepts the key.',
  );
  expect(
    JSON.parse(await readFile(join(dirname(home.credentials), 'config.json'), 'utf8')),
  ).toMatchObject({
    profiles: { default: { auth: 'api-key', plan: 'coding', region: 'intl' } },
  });
  expect(new Set(proxy.asked)).toEqual(
    new Set([
      'dashscope.aliyuncs.com:443',
      'dashscope-intl.aliyuncs.com:443',
      'dashscope-us.aliyuncs.com:443',
      'cn-hongkong.dashscope.aliyuncs.com:443',
      'coding.dashscope.aliyuncs.com:443',
      'coding-intl.dashscope.aliyuncs.com:443',
    ]),
  );
});
