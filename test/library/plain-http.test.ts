import { describe, expect, test } from 'vitest';
import { createFetch } from '../../src/library/fetch.ts';
import {
  type AccessOptions,
  authorizeDevice,
  createChat,
  createSession,
  type FetchLike,
  validateModels,
} from '../../src/library/index.ts';
import { bodyOf, loopback } from '../helpers/loopback.ts';

const PUBLIC = 'http://api.example.com/v1';
const session = createSession({
  store: {
    load: async () => ({ access_token: 'a-token', expiry_date: Date.now() + 3_600_000 }),
    save: async () => {},
  },
});
const question = {
  model: 'm',
  stream: false,
  messages: [{ role: 'user' as const, content: 'hi' }],
};

/** A server on loopback that stands for every host, and the keys that it saw. */
async function everyHost() {
  const keys: (string | undefined)[] = [];
  const server = await loopback((request, response) => {
    keys.push(request.headers.authorization);
    void bodyOf(request).then(() => {
      const message = { role: 'assistant', content: 'hello' };
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ choices: [{ message, finish_reason: 'stop' }] }));
    });
  });
  const transport: FetchLike = (url, init) => {
    const address = new URL(url);
    return fetch(server.url + address.pathname, init);
  };
  return { keys, transport, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const REFUSED = {
  kind: 'usage',
  code: 'plain_http',
  message: expect.stringContaining('api.example.com'),
  hint: expect.stringMatching(/^(?!.*--).*allow_http: true/),
};

describe('plain http to a public host', () => {
  test.each<[string, AccessOptions]>([
    ['a key', { endpoint: PUBLIC, api_key: 'sk-test-0123456789' }],
    ['the token of a login', { endpoint: PUBLIC, session }],
  ])('gets %s neither from a chat, nor from a validation, nor from a fetch', async (_, access) => {
    await using host = await everyHost();
    const { transport } = host;
    expect(() => createChat({ ...access, transport })).toThrow(expect.objectContaining(REFUSED));
    expect(() => createFetch(access)).toThrow(expect.objectContaining(REFUSED));
    await expect(validateModels({ ...access, transport, models: ['m'] })).rejects.toMatchObject(
      REFUSED,
    );
    expect(host.keys).toEqual([]);
  });

  test('gets a key that allow_http permits', async () => {
    await using host = await everyHost();
    const access = { endpoint: PUBLIC, api_key: 'sk-test-0123456789', allow_http: true };
    await createChat({ ...access, transport: host.transport })(question);
    await createFetch({
      ...access,
      fetch: async (input, init) => {
        const { url, method, headers } = new Request(input, init);
        return (await host.transport(url, {
          method,
          headers: Object.fromEntries(headers),
          redirect: 'manual',
        })) as Response;
      },
    })(`${PUBLIC}/models`);
    expect(host.keys).toEqual(Array(2).fill('Bearer sk-test-0123456789'));
  });

  test('is no place for a login either, and the error names the option of the library', async () => {
    const issuer = 'http://login.example.com';
    const login = authorizeDevice({ issuer, client_id: 'c', onCode: () => {} });
    await expect(login).rejects.toMatchObject({ ...REFUSED, message: expect.anything() });
  });
});

test.each([
  '127.0.0.1:1',
  'localhost',
  '192.168.0.7',
  '[fe80::1]',
  'gpu-box',
  'nas.local',
  'llm.lan',
])('plain http to %s is allowed without an option', (host) => {
  const access = { endpoint: `http://${host}/v1`, api_key: 'sk-test-0123456789' };
  expect(() => createChat(access)).not.toThrow();
  expect(() => createFetch(access)).not.toThrow();
});
