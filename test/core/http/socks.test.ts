import { expect, test } from 'vitest';
import { readText } from '../../../src/core/http/body.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { loopback } from '../../helpers/loopback.ts';
import { OK, socks } from '../../helpers/socks-proxy.ts';

const get = (url: string) => ({ method: 'GET' as const, url, headers: {} });

test.each([
  ['socks5h', 'api.example.invalid', '\x03\x13api.example.invalid'],
  ['socks5h', '10.1.2.3', '\x01\x0a\x01\x02\x03'],
  ['socks5', '10.1.2.3', '\x01\x0a\x01\x02\x03'],
  ['socks5', '[fd00::a:1]', '\x04\xfd' + '\0'.repeat(12) + '\x0a\0\x01'],
])('%s asks the proxy for %s, with any password', async (scheme, host, address) => {
  const seen: string[] = [];
  await using server = await loopback((request, response) => response.end(request.headers.host));
  await using proxy = await socks([[5, 2], [1, 0], OK], seen, server.url);
  const all_proxy = proxy.url.replace('http://', `${scheme}://us%65r:p@:/%zz@`);
  const send = createTransport({ proxy: { all_proxy } });
  expect(await readText(await send(get(`http://${host}/`)))).toBe(host);
  expect(seen).toEqual(['\x05\x02\0\x02', '\x01\x04user\x07p@:/%zz', `\x05\x01\0${address}\0\x50`]);
});

test.each([
  ['the method none', [[5, 255]], 'proxy_refused', /refused the user and password$/],
  [
    'a refused password',
    [
      [5, 2],
      [1, 1],
    ],
    'proxy_refused',
    /refused the user and password$/,
  ],
  [
    'connection refused',
    [
      [5, 0],
      [5, 5, 0, 1],
    ],
    'proxy_refused',
    /answered "connection refused"$/,
  ],
  ['HTTP', [[72, 84]], 'malformed_socks', /does not speak SOCKS5$/],
  ['an early end', [[5]], 'connection_reset', /^The proxy 127\S+ closed the connection$/],
])(
  'a SOCKS5 proxy that answers %s is named, without its password',
  async (_, answers, code, message) => {
    await using proxy = await socks(answers, []);
    const all_proxy = proxy.url.replace('http://', 'socks5h://user:hunter22@');
    const failure = createTransport({ proxy: { all_proxy } })(get('https://api.example.invalid/'));
    await expect(failure).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/^(?!.*hunter22).*ALL_PROXY/),
    });
  },
);
