import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createHome, MAIN } from '../helpers/program.ts';
import { rawServer } from '../helpers/raw-server.ts';

const CHAT = ['chat', '-p', 'hi', '--max-retries', '0'];
const FAR = { OPENAI_BASE_URL: 'https://api.example.invalid/v1', OPENAI_API_KEY: 'k' };

/** A network of its own, in which nothing but the process under test lives. */
function inNetwork(setup: string) {
  const script = `ip link set lo up; ${setup}; exec "$0" "$@"`;
  return ['unshare', '-n', 'sh', '-c', script, process.execPath, MAIN] as const;
}

function namespaces(): boolean {
  try {
    execFileSync('unshare', ['-n', 'ip', 'link'], { stdio: 'ignore', timeout: 5000 });
    return true;
  } catch {
    return false;
  }
}

/** Needs root on Linux, and the programs `unshare` and `ip`. */
describe.skipIf(!namespaces())('in a network of its own', () => {
  test.each([
    ['a prohibited route', 'ip route add prohibit 192.0.2.0/24', 'permission denied (EACCES)'],
    ['a blackholed route', 'ip route add blackhole 192.0.2.0/24', 'invalid argument (EINVAL)'],
    ['an unreachable route', 'ip route add unreachable 192.0.2.0/24', 'EHOSTUNREACH'],
    ['no route', 'true', 'ENETUNREACH'],
  ])('%s ends with 4 and the code of the system', async (_, setup, code) => {
    const [command, ...args] = inNetwork(setup);
    await using home = await createHome();
    const child = spawn(command, [...args, ...CHAT], {
      env: {
        PATH: process.env.PATH,
        HOME: home.path,
        OPENAI_API_KEY: 'k',
        OPENAI_BASE_URL: 'https://192.0.2.1/v1',
      },
      timeout: 20_000,
    });
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += String(text)));
    const [exit] = (await once(child, 'close')) as [number];
    expect(stderr).toContain('error: 192.0.2.1 cannot be reached: ');
    expect(stderr).toContain(code);
    expect(exit).toBe(4);
  });
});

test.each([
  ['chat', CHAT],
  ['list-models', ['list-models']],
  ['auth login', ['auth']],
])('%s behind a proxy that does not answer CONNECT ends at --timeout', async (_, args) => {
  await using proxy = await rawServer(() => {});
  await using home = await createHome({ HTTPS_PROXY: proxy.url });
  const env = args[0] === 'auth' ? {} : FAR;
  const { code, stderr } = await home.run([...args, '--timeout', '1s'], { env });
  expect(stderr).toMatch(/error: The proxy 127\S+ did not answer CONNECT within 1s\n/);
  expect(stderr).toMatch(/--timeout 30s/);
  expect(code).toBe(4);
  expect(proxy.sockets).toHaveLength(1);
});

test.each(['1ms', '300ms'])(
  'a model whose --timeout of %s passes before there is a connection has the verdict timeout',
  async (timeout) => {
    await using proxy = await rawServer(() => {});
    await using home = await createHome({ HTTPS_PROXY: proxy.url });
    const args = ['validate-models', '-m', 'a,b', '--probe', 'chat', '--timeout', timeout];
    const { code, stdout } = await home.run(args, { env: FAR });
    expect(stdout).toMatch(/^a\trequired\ttimeout\t.*\nb\trequired\ttimeout\t/);
    expect(code).toBe(9);
  },
);

test('a proxy that closes every CONNECT gets one connection for each attempt', async () => {
  await using proxy = await rawServer((socket) => socket.once('data', () => socket.destroy()));
  await using home = await createHome({ HTTPS_PROXY: proxy.url });
  const { code, stderr } = await home.run(['chat', '-p', 'hi', '--max-retries', '1'], { env: FAR });
  expect(stderr).toMatch(/error: The proxy 127\S+ closed the connection\n/);
  expect(code).toBe(4);
  expect(proxy.sockets).toHaveLength(2);
});

test('a signal ends a command that waits for the answer to CONNECT', async () => {
  let asked = () => {};
  const connect = new Promise<void>((resolve) => (asked = resolve));
  await using proxy = await rawServer((socket) => socket.once('data', () => asked()));
  await using home = await createHome({ HTTPS_PROXY: proxy.url });
  const running = home.start(CHAT, { env: FAR });
  await connect;
  const start = performance.now();
  running.child.kill('SIGTERM');
  expect((await running.result).code).toBe(143);
  // Protects against hanging only: the code shows that the command ended in order.
  expect(performance.now() - start).toBeLessThan(15_000);
});

test('the password of a proxy may contain a raw %', async () => {
  const heads: string[] = [];
  await using proxy = await rawServer((socket) => {
    socket.once('data', (head) => {
      heads.push(String(head));
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
  });
  await using home = await createHome({ HTTPS_PROXY: proxy.url.replace('//', '//u:100%@') });
  const { code, stderr } = await home.run(CHAT, { env: FAR });
  expect(code).toBe(4);
  expect(stderr).not.toContain('100%');
  expect(heads[0]).toContain(`Basic ${Buffer.from('u:100%').toString('base64')}`);
});

test.each([
  [
    'a key of another plan than the endpoint',
    ['--plan', 'coding'],
    'DASHSCOPE_API_KEY is a key of the standard plan. The Coding Plan refuses it: use --plan standard.',
  ],
  [
    'a base URL of the native API',
    ['--base-url', 'https://dashscope-intl.aliyuncs.com/api/v1'],
    '--base-url names https://dashscope-intl.aliyuncs.com/api/v1, another API of this server. ' +
      'Requests go to https://dashscope-intl.aliyuncs.com/compatible-mode/v1.',
  ],
])('%s is named before any request', async (_, flags, notice) => {
  await using home = await createHome({
    DASHSCOPE_API_KEY: 'sk-mine',
    HTTPS_PROXY: 'http://127.0.0.1:1',
  });
  const { code, stderr } = await home.run([...CHAT, ...flags]);
  expect(code).toBe(4);
  expect(stderr.replace(/\s+/g, ' ').startsWith(`${notice} error: `)).toBe(true);
});
