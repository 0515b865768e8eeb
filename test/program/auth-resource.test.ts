import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { bodyOf, loopback } from '../helpers/loopback.ts';
import { createHome } from '../helpers/program.ts';

const RESOURCES = ['https://api.example.com/v1', 'urn:example:other'];

/** An issuer by the book (RFC 8414, RFC 8628) that approves at once, and an API that says yes. */
async function startIssuer() {
  const forms: URLSearchParams[] = [];
  const answers: Record<string, (origin: string) => object> = {
    '/.well-known/oauth-authorization-server': (origin) => ({
      issuer: origin,
      device_authorization_endpoint: `${origin}/device`,
      token_endpoint: `${origin}/token`,
    }),
    '/device': (origin) => ({
      device_code: 'device-code',
      user_code: 'ABCD',
      verification_uri: `${origin}/page`,
      expires_in: 60,
      interval: 0.1,
    }),
    // So short a life that the next command refreshes.
    '/token': () => ({ access_token: 'a', refresh_token: 'r', expires_in: 1 }),
    '/v1/chat/completions': () => ({
      model: 'm',
      choices: [{ message: { content: 'OK' }, finish_reason: 'stop' }],
    }),
  };
  const server = await loopback(async (request: IncomingMessage, response) => {
    const body = await bodyOf(request);
    const path = request.url ?? '';
    if (path === '/device' || path === '/token') forms.push(new URLSearchParams(body));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answers[path]?.(`http://${request.headers.host}`) ?? {}));
  });
  return { ...server, forms };
}

test('--resource is sent with the login, recorded, and sent with every refresh', async () => {
  await using issuer = await startIssuer();
  await using home = await createHome();
  const resources = RESOURCES.flatMap((uri) => ['--resource', uri]);
  const where = ['--issuer', issuer.url, '--client-id', 'c', '--base-url', `${issuer.url}/v1`];
  expect(await home.run(['auth', ...where, ...resources])).toMatchObject({ code: 0 });
  expect(await home.run(['chat', '-p', 'hi'])).toMatchObject({ code: 0, stdout: 'OK\n' });

  const [device, ...others] = issuer.forms;
  expect(device?.getAll('resource')).toEqual(RESOURCES);
  const refreshes = others.filter((form) => form.get('grant_type') === 'refresh_token');
  expect(refreshes.length).toBeGreaterThan(0);
  for (const refresh of refreshes) expect(refresh.getAll('resource')).toEqual(RESOURCES);
});
