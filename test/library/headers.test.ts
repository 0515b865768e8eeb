import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { createFetch } from '../../src/library/fetch.ts';
import { createChat, validateModels } from '../../src/library/index.ts';
import { loopback } from '../helpers/loopback.ts';

const question = {
  model: 'm',
  stream: false,
  messages: [{ role: 'user' as const, content: 'hi' }],
};

/** An API that keeps the headers of each request. */
async function api() {
  const seen: IncomingHttpHeaders[] = [];
  const server = await loopback((request, response) => {
    seen.push(request.headers);
    const message = { role: 'assistant', content: 'hello' };
    request.resume().once('end', () => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ choices: [{ message, finish_reason: 'stop' }] }));
    });
  });
  const access = {
    endpoint: `${server.url}/v1`,
    api_key: 'sk-test-0123456789',
    api_key_header: 'API-Key',
    headers: { 'X-Team': 'blue' },
  };
  return { seen, access, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const EXPECTED = { 'api-key': 'sk-test-0123456789', 'x-team': 'blue' };

test('a chat sends the key in the header that is named, and the other headers', async () => {
  await using server = await api();
  await createChat(server.access)(question);
  expect(server.seen).toEqual([expect.objectContaining(EXPECTED)]);
  expect(server.seen[0]).not.toHaveProperty('authorization');
});

test('a validation sends the same headers', async () => {
  await using server = await api();
  await validateModels({ ...server.access, models: ['m'], probes: ['chat'] });
  expect(server.seen[0]).toMatchObject(EXPECTED);
});

test('a fetch puts them in place of the key of the SDK, at the endpoint alone', async () => {
  await using server = await api();
  await using other = await api();
  const send = createFetch(server.access);
  const headers = { Authorization: 'Bearer of the SDK' };
  await send(`${server.access.endpoint}/models`, { headers });
  await send(`${other.access.endpoint}/models`, { headers });
  expect(server.seen[0]).toMatchObject(EXPECTED);
  expect(server.seen[0]).not.toHaveProperty('authorization');
  expect(other.seen[0]).toMatchObject({ authorization: 'Bearer of the SDK' });
  expect(other.seen[0]).not.toHaveProperty('api-key');
  expect(other.seen[0]).not.toHaveProperty('x-team');
});

test.each([
  ['a key', { headers: { 'X-Api-Key': 'sk-test-0123456789' } }],
  ['a line break', { headers: { 'X-Team': 'blue\r\nX-Other: 1' } }],
  ['a header of the message', { headers: { Host: 'elsewhere.example' } }],
  ['a header for the key that is none', { api_key_header: 'api key' }],
])('%s among the headers is refused before anything is sent', (_, options) => {
  const access = { endpoint: 'http://127.0.0.1:9/v1', ...options };
  expect(() => createChat(access)).toThrow(expect.objectContaining({ code: 'invalid_header' }));
});
