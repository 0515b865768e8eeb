import { spawn } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, type Mock, test, vi } from 'vitest';
import { readText } from '../../../src/core/http/body.ts';
import { withRetries } from '../../../src/core/http/retry.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { loopback } from '../../helpers/loopback.ts';
import { realRandom } from '../../helpers/real-world.ts';

/** Refuses whatever it is asked, as a server and as a proxy. Its queue holds two connections. */
const REFUSING = `
  require('node:net')
    .createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end('HTTP/1.1 407 No\\r\\ncontent-length: 0\\r\\n\\r\\n'));
    })
    .listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
      console.log(this.address().port);
    });`;

/**
 * A server whose first answer to a connection is lost: its queue is full for half a second, so that the
 * kernel drops the SYN, which comes again after 1 s.
 */
async function lossyServer() {
  const child = spawn(process.execPath, ['-e', REFUSING], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(String(line));
  child.kill('SIGSTOP');
  const waiting = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await once(waiting[1]!, 'connect');
  setTimeout(() => child.kill('SIGCONT'), 500);
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy();
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

/** far.test has two addresses. Nothing listens at the second one. */
const ADDRESSES = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

type Lookups = Mock<typeof dns.lookup>;

/** Answers instead of the system, which knows no such host. */
function answerLookups(lookup: Lookups, answer: () => unknown[]): void {
  lookup.mockImplementation((...args: unknown[]) => {
    (args.at(-1) as (...result: unknown[]) => void)(...answer());
  });
}

const ROUTES: [string, string, (port: number) => Record<string, string>, object][] = [
  ['a server', 'http://far.test:PORT/', () => ({}), { status: 407 }],
  [
    'a proxy',
    'http://api.test/',
    (port) => ({ http_proxy: `http://far.test:${port}` }),
    { code: 'proxy_refused' },
  ],
  [
    'a SOCKS proxy',
    'http://api.test/',
    (port) => ({ all_proxy: `socks5h://far.test:${port}` }),
    { code: 'malformed_socks' },
  ],
];

// The queue and the kernel's answer to a full one are those of Linux.
test.skipIf(process.platform !== 'linux').each(ROUTES)(
  '%s with several addresses has the time to answer a lost packet that is sent again',
  async (_, url, proxyAt, end) => {
    using lookup = vi.spyOn(dns, 'lookup');
    answerLookups(lookup, () => [null, ADDRESSES]);
    await using server = await lossyServer();
    const send = createTransport({ proxy: proxyAt(server.port) });
    const request = { method: 'GET' as const, headers: {} };
    const answer = send({ ...request, url: url.replace('PORT', String(server.port)) });
    expect(await answer.catch((error: unknown) => error)).toMatchObject(end);
  },
);

describe('a host without a name server that answers', () => {
  const away = Object.assign(new Error('getaddrinfo EAI_AGAIN far.test'), {
    code: 'EAI_AGAIN',
    syscall: 'getaddrinfo',
  });
  const get = { method: 'GET' as const, headers: {} };

  it('is asked again, as at the start of a container', async () => {
    await using server = await loopback((_, response) => response.end('here'));
    using lookup = vi.spyOn(dns, 'lookup');
    let failures = 2;
    answerLookups(lookup, () => (failures-- > 0 ? [away] : [null, ADDRESSES]));
    const clock = new FakeClock();
    const send = withRetries(createTransport(), { clock, random: realRandom });
    const url = `http://far.test:${new URL(server.url).port}/`;
    expect(await readText(await send({ ...get, url }))).toBe('here');
    expect(clock.sleeps).toHaveLength(2);
  });

  it('is not called a wrong name', async () => {
    using lookup = vi.spyOn(dns, 'lookup');
    answerLookups(lookup, () => [away]);
    await expect(createTransport()({ ...get, url: 'http://far.test/' })).rejects.toMatchObject({
      kind: 'network',
      code: 'dns_unavailable',
      message: 'far.test was not looked up: no name server answers (EAI_AGAIN)',
      hint: expect.stringMatching(/^Check the name servers of this machine\. /),
    });
  });
});
