import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { commandLine } from '../../helpers/command-line.ts';
import {
  chatBody,
  CLIENT_KEY,
  localEndpoint,
  ok,
  recorder,
  TOKEN,
  withKey,
} from '../../helpers/local-endpoint.ts';

describe('what the endpoint of serve passes on', () => {
  test('path, query, method and body reach the API below its base URL with the token', async () => {
    await using api = await recorder(ok);
    await using local = await localEndpoint(api.url);
    await fetch(`${local.url}/chat/completions?x=1`, chatBody('m', { seed: 1 }));
    await fetch(`${local.url}/files/file-1`, withKey({ method: 'DELETE' }));
    await fetch(`${local.url}/models`, { headers: { 'api-key': CLIENT_KEY } });
    const compressed = withKey({
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: new Blob(['(gzip)']).stream(),
      duplex: 'half',
    });
    await fetch(`${local.url}/embeddings`, compressed);
    expect(api.seen).toMatchObject([
      {
        method: 'POST',
        url: '/base/v1/chat/completions?x=1',
        body: '{"model":"m","messages":[],"seed":1}',
        headers: { authorization: `Bearer ${TOKEN}`, 'user-agent': 'the-program' },
      },
      { method: 'DELETE', url: '/base/v1/files/file-1' },
      { method: 'GET', url: '/base/v1/models' },
      {
        url: '/base/v1/embeddings',
        body: '(gzip)',
        headers: { 'content-encoding': 'gzip', 'content-length': '6' },
      },
    ]);
  });

  test('an API without a key is asked without one', async () => {
    await using api = await recorder(ok);
    const get = async () => ({ endpoint: `${api.url}/v1`, auth_type: 'openai' as const });
    await using local = await localEndpoint(api.url, { access: { get } });
    for (const path of ['/models', '/models']) {
      expect(await (await fetch(local.url + path, withKey())).json()).toEqual({ ok: true });
    }
    expect(api.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  test('only known headers of a request are passed on, and none that holds the client key', async () => {
    await using api = await recorder(ok);
    await using local = await localEndpoint(api.url);
    const headers = {
      cookie: 'a=b',
      'api-key': CLIENT_KEY,
      'x-forwarded-for': '1.2.3.4',
      'user-agent': 'codex/1',
      'x-request-id': `id-${CLIENT_KEY}`,
      'openai-beta': 'responses=v1',
      'x-dashscope-datainspection': '{}',
      'x-dashscope-authtype': 'qwen-oauth',
    };
    await fetch(`${local.url}/models?key=${CLIENT_KEY}&a=b`, withKey({ headers }));
    const sent = api.seen[0]!;
    expect(JSON.stringify(sent)).not.toContain(CLIENT_KEY);
    expect(sent.url).toBe('/base/v1/models?a=b');
    expect(Object.keys(sent.headers).toSorted()).toEqual(
      [
        'accept',
        'accept-encoding',
        'accept-language',
        'authorization',
        'connection',
        'host',
        'openai-beta',
        'user-agent',
        'x-dashscope-datainspection',
      ].toSorted(),
    );
  });

  test('a body comes back byte for byte, compressed as the API sent it', async () => {
    const bytes = randomBytes(3_000_000);
    await using api = await recorder(
      (response) =>
        void response.writeHead(200, { 'content-type': 'audio/mpeg', 'x-kept': 'yes' }).end(bytes),
    );
    await using local = await localEndpoint(api.url);
    const response = await fetch(`${local.url}/audio/speech`, chatBody('m'));
    const got = Buffer.from(await response.arrayBuffer());
    const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex');
    expect(hash(got)).toBe(hash(bytes));
    expect(response.headers.get('x-kept')).toBe('yes');
    expect(api.seen[0]?.headers['accept-encoding']).toBe('identity');
  });

  test('a mapped model is renamed, and no other byte of the body changes', async () => {
    await using api = await recorder(ok);
    await using local = await localEndpoint(api.url);
    const body =
      '{ "messages":[{"model":"gpt-4o","content":"\\"model\\": \\u00e9"}], "seed":12345678901234567890,\n "model" : "gpt-4o", "x":{"model":"gpt-4o"} }';
    await fetch(`${local.url}/chat/completions`, { ...chatBody(''), body });
    expect(api.seen[0]?.body).toBe(
      body.replace('"model" : "gpt-4o"', '"model" : "qwen3-coder-plus"'),
    );
    expect(local.served[0]).toMatchObject({ model: 'qwen3-coder-plus', status: 200 });
  });

  test('a body above 1 MiB streams through whole, above the limit it gets 413', async () => {
    await using api = await recorder(ok);
    await using local = await localEndpoint(api.url);
    const body = randomBytes(3 * 1024 * 1024);
    const large = await fetch(`${local.url}/files`, withKey({ method: 'POST', body }));
    expect([large.status, api.seen[0]?.body.length]).toEqual([200, body.toString().length]);
    for (const duplex of [undefined, 'half'] as const) {
      const parts = Array.from({ length: 80 }, () => new Uint8Array(65_536));
      const huge = duplex === undefined ? Buffer.concat(parts) : ReadableStream.from(parts);
      const init = { method: 'POST', body: huge, ...(duplex && { duplex }) };
      const refused = await fetch(`${local.url}/files`, withKey(init as RequestInit)).catch(
        (error: unknown) => error,
      );
      // A client that is still sending may see the closed connection first.
      if (refused instanceof Response) expect(refused.status).toBe(413);
    }
    expect(local.served.slice(1).map(({ status }) => status)).toEqual([413, 413]);
  });
});

describe('what the endpoint of serve refuses', () => {
  test.each<[name: string, path: string, init: RequestInit, status: number, code: string]>([
    ['no key', '/models', {}, 401, 'invalid_api_key'],
    ['a wrong key', '/models', { headers: { 'api-key': 'x' } }, 401, 'invalid_api_key'],
    ['a body that is no JSON', '/x', { ...chatBody(''), body: '{' }, 400, 'invalid_json'],
    ['a JSON body that is a list', '/x', { ...chatBody(''), body: '[]' }, 400, 'invalid_json'],
    ['OPTIONS, as for CORS', '/models', withKey({ method: 'OPTIONS' }), 405, 'wrong_method'],
    ['an encoded slash', '/..%2f..%2fadmin', withKey(), 404, 'wrong_path'],
  ])('%s', async (_, path, init, status, code) => {
    await using api = await recorder(ok);
    await using local = await localEndpoint(api.url);
    const response = await fetch(local.url + path, init);
    expect(response.status).toBe(status);
    expect(response.headers.get('allow')).toBe(
      status === 405 ? 'GET, POST, PUT, PATCH, DELETE' : null,
    );
    expect(await response.json()).toMatchObject({ error: { code, message: expect.any(String) } });
    expect([...response.headers.keys()].filter((name) => name.includes('access-control'))).toEqual(
      [],
    );
    expect(api.seen).toEqual([]);
  });

  test('the health check needs no key and says nothing', async () => {
    await using local = await localEndpoint('http://127.0.0.1:9');
    const response = await fetch(new URL('/healthz', local.url));
    expect(await response.text()).toBe('{"status":"ok"}');
  });
});

test.each([
  ['coding', /^The Coding Plan is for .* block the key\.$/m],
  ['token', /^The Token Plan is for .* block the key\.$/m],
  ['standard', /^$/],
])('auth exec says what the %s plan allows', async (plan, notice) => {
  const line = commandLine({ env: { QWEN_DEMO_HOME: '/nowhere', DASHSCOPE_API_KEY: 'sk-sp-0' } });
  const error = await line.run('auth', 'exec', '--plan', plan, '--', process.execPath, '--version');
  expect([error, line.stderr()]).toEqual([undefined, expect.stringMatching(notice)]);
});
