import { expect, test } from 'vitest';
import { createTransport } from '../../../src/core/http/transport.ts';
import { revokeToken } from '../../../src/core/oauth/revocation.ts';
import { bodyOf, loopback } from '../../helpers/loopback.ts';

async function revokeAt(status: number, body: string) {
  const forms: string[] = [];
  await using server = await loopback(async (request, response) => {
    forms.push(await bodyOf(request));
    response.writeHead(status).end(body);
  });
  await revokeToken({
    revocation_endpoint: `${server.url}/revoke`,
    client_id: 'app',
    token: 'r1',
    token_type_hint: 'refresh_token',
    send: createTransport(),
  });
  return forms;
}

test.each([
  [200, ''],
  [200, 'OK'],
  [200, '<html></html>'],
  [202, '{}'],
  [204, ''],
])('a revocation that is answered %i with the body %j is a success', async (status, body) => {
  const form = 'token=r1&token_type_hint=refresh_token&client_id=app';
  expect(await revokeAt(status, body)).toEqual([form]);
});

test.each([
  [400, '{"error":"unsupported_token_type"}', { kind: 'auth', code: 'oauth_error' }],
  [401, '{"error":"invalid_client"}', { kind: 'auth', code: 'invalid_client' }],
  [503, '', { kind: 'api', code: 'server_error' }],
  [404, '<html></html>', { kind: 'protocol', code: 'html_answer' }],
])('a revocation that is answered %i with the body %j fails', async (status, body, error) => {
  await expect(revokeAt(status, body)).rejects.toMatchObject(error);
});
