import { spawn } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test, vi } from 'vitest';
import { createTransport } from '../../../src/core/http/transport.ts';

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
    lookup.mockImplementation(((...args: unknown[]) => {
      (args.at(-1) as (...result: unknown[]) => void)(null, ADDRESSES);
    }) as never);
    await using server = await lossyServer();
    const send = createTransport({ proxy: proxyAt(server.port) });
    const request = { method: 'GET' as const, headers: {} };
    const answer = send({ ...request, url: url.replace('PORT', String(server.port)) });
    expect(await answer.catch((error: unknown) => error)).toMatchObject(end);
  },
);
