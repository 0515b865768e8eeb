import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Access, AccessSource } from '../../../src/core/api/access.ts';
import { createApiRequest } from '../../../src/core/api/request.ts';
import { readText } from '../../../src/core/http/body.ts';
import type { HttpRequest, HttpResponse } from '../../../src/core/http/message.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { loopback } from '../../helpers/loopback.ts';

/** The bytes of one request, taken from the socket, with the port replaced. */
async function wire(access: Omit<Access, 'endpoint'>, init: Parameters<typeof get>[1]) {
  const parts: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('data', (part) => {
      parts.push(part);
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await readText(
      (await get({ endpoint: `http://127.0.0.1:${port}/v1`, ...access }, init)).response,
    );
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  return Buffer.concat(parts).toString('latin1').replace(`:${port}`, ':PORT');
}

function get(access: Access, init: Parameters<ReturnType<typeof createApiRequest>>[0]) {
  const source: AccessSource = { get: async () => access, renew: async () => undefined };
  return createApiRequest({
    send: createTransport(),
    access: source,
    user_agent: 'qwen-demo/1 (x; y)',
  })(init);
}

const lines = (...text: string[]) => text.join('\r\n');

describe('on the wire', () => {
  it('a chat request carries the API key and its body', async () => {
    const body = { model: 'm', text: 'é' };
    const init = {
      method: 'POST',
      path: '/chat/completions',
      accept: 'text/event-stream',
      body,
    } as const;
    expect(await wire({ bearer: 'sk-key', auth_type: 'openai' }, init)).toBe(
      lines(
        'POST /v1/chat/completions HTTP/1.1',
        'host: 127.0.0.1:PORT',
        'connection: keep-alive',
        'accept-encoding: identity',
        'authorization: Bearer sk-key',
        'user-agent: qwen-demo/1 (x; y)',
        'accept: text/event-stream',
        'content-type: application/json',
        'content-length: 25',
        '',
        Buffer.from(JSON.stringify(body)).toString('latin1'),
      ),
    );
  });

  it('a request with a Qwen login carries the headers of DashScope', async () => {
    const sent = await wire(
      { bearer: 'token', auth_type: 'qwen-oauth' },
      { method: 'POST', path: '/chat/completions', body: {} },
    );
    expect(sent).toContain(
      lines(
        '',
        'x-dashscope-cachecontrol: enable',
        'x-dashscope-useragent: qwen-demo/1 (x; y)',
        'x-dashscope-authtype: qwen-oauth',
        '',
      ),
    );
  });

  it('a list request to a server without keys carries no other headers', async () => {
    expect(await wire({ auth_type: 'openai' }, { method: 'GET', path: '/models' })).toBe(
      lines(
        'GET /v1/models HTTP/1.1',
        'host: 127.0.0.1:PORT',
        'connection: keep-alive',
        'accept-encoding: identity',
        'user-agent: qwen-demo/1 (x; y)',
        'accept: application/json',
        '',
        '',
      ),
    );
  });
});

async function* nothing(): AsyncGenerator<Uint8Array> {}

describe('the headers of DashScope', () => {
  it.each([
    ['https://dashscope.aliyuncs.com/compatible-mode/v1', 'openai', 'openai'],
    ['https://portal.qwen.ai/v1', 'qwen-oauth', 'qwen-oauth'],
    ['http://127.0.0.1:1/v1', 'qwen-oauth', 'qwen-oauth'],
    ['https://api.example/v1', 'openai', undefined],
    ['https://dashscope.aliyuncs.com.example/v1', 'openai', undefined],
  ] as const)('to %s with %s', async (endpoint, auth_type, expected) => {
    const requests: HttpRequest[] = [];
    const send = async (request: HttpRequest): Promise<HttpResponse> => {
      requests.push(request);
      return { status: 200, headers: {}, body: nothing(), host: 'h' };
    };
    const access = { get: async () => ({ endpoint, auth_type }), renew: async () => undefined };
    await createApiRequest({ send, access, user_agent: 'u' })({ method: 'GET', path: '/models' });
    expect(requests[0]?.headers['x-dashscope-authtype']).toBe(expected);
    expect(requests[0]?.headers['x-dashscope-cachecontrol']).toBe(expected && 'enable');
  });
});

it.each([
  ['/v1', '/v1/models', '/v1/chat/completions'],
  [
    '/openai/deployments/d?api-version=2024-06-01',
    '/openai/deployments/d/models?api-version=2024-06-01',
    '/openai/deployments/d/chat/completions?api-version=2024-06-01',
  ],
  ['/chat/completions?a=%20', '/models?a=%20', '/chat/completions?a=%20'],
])('an endpoint %s is asked at %s and %s', async (endpoint, models, chat) => {
  const asked: unknown[] = [];
  await using server = await loopback(({ url }, response) => {
    asked.push(url);
    response.end('{}');
  });
  const access = { endpoint: server.url + endpoint, auth_type: 'openai' } as const;
  await get(access, { method: 'GET', path: '/models' });
  await get(access, { method: 'POST', path: '/chat/completions', body: {} });
  expect(asked).toEqual([models, chat]);
});

describe('after a 401', () => {
  /** A server that accepts one token only, and what was asked of the access source. */
  async function attempt(tokens: string[], good: string) {
    const seen: (string | undefined)[] = [];
    await using server = await loopback((request, response) => {
      seen.push(request.headers.authorization);
      response.statusCode = request.headers.authorization === `Bearer ${good}` ? 200 : 401;
      response.end('{"error":{"message":"no"}}');
    });
    const accesses = tokens.map((bearer): Access => ({
      endpoint: server.url,
      bearer,
      auth_type: 'qwen-oauth',
    }));
    const rejected: Access[] = [];
    const [first, second] = accesses;
    const access: AccessSource = {
      get: async () => first ?? { endpoint: server.url, auth_type: 'openai' },
      renew: async (old) => {
        rejected.push(old);
        return second;
      },
    };
    const request = createApiRequest({ send: createTransport(), access, user_agent: 'u' });
    const outcome = await request({ method: 'GET', path: '/models' }).catch(
      (error: unknown) => error,
    );
    return { outcome, seen, rejected, accesses };
  }

  it('the access is renewed once and the request repeated once', async () => {
    const { outcome, seen, rejected, accesses } = await attempt(['old', 'new'], 'new');
    expect(outcome).toMatchObject({ access: accesses[1], response: { status: 200 } });
    expect(seen).toEqual(['Bearer old', 'Bearer new']);
    expect(rejected).toEqual([accesses[0]]);
  });

  it('a second 401 is final', async () => {
    const { outcome, seen } = await attempt(['old', 'new'], 'none');
    expect(outcome).toMatchObject({ kind: 'auth', status: 401 });
    expect(seen).toHaveLength(2);
  });

  it('access that cannot be renewed is final', async () => {
    const { outcome, seen } = await attempt(['old'], 'none');
    expect(outcome).toMatchObject({ kind: 'auth', status: 401 });
    expect(seen).toHaveLength(1);
  });
});

it('other refusals renew nothing', async () => {
  let renewals = 0;
  await using server = await loopback((_request, response) => response.writeHead(403).end('{}'));
  const access: AccessSource = {
    get: async () => ({ endpoint: server.url, bearer: 'b', auth_type: 'openai' }),
    renew: async () => {
      renewals += 1;
      return undefined;
    },
  };
  const request = createApiRequest({ send: createTransport(), access, user_agent: 'u' });
  await expect(request({ method: 'GET', path: '/models' })).rejects.toMatchObject({
    kind: 'api',
    status: 403,
  });
  expect(renewals).toBe(0);
});

it.each(['sk-key\n', 'sk key', 'sk-“key”'])(
  'a key like %j is refused before it is sent',
  async (bearer) => {
    await expect(
      get(
        { endpoint: 'http://127.0.0.1:1', bearer, auth_type: 'openai' },
        { method: 'GET', path: '/models' },
      ),
    ).rejects.toMatchObject({ kind: 'usage', code: 'malformed_key' });
  },
);
