import { describe, expect, test } from 'vitest';
import { createTransport } from '../../../src/core/http/transport.ts';
import { readText } from '../../../src/core/http/body.ts';
import { bodyOf, loopback } from '../../helpers/loopback.ts';

const SECRET = { authorization: 'Bearer secret' };

/**
 * Sends a request to PATH of a server that redirects it and answers every other address with what it
 * received. `ORIGIN` in a location is the server.
 */
async function redirected(
  [method, path, status, location]: readonly ['GET' | 'POST', string, number, string],
  { follow = true, always = false, text = '' } = {},
) {
  const asked: string[] = [];
  await using server = await loopback((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (asked.length === 1 || always) {
      const target = location.replace('ORIGIN', server.url);
      response.writeHead(status, target === '' ? {} : { location: target }).end(text);
      return;
    }
    void bodyOf(request).then((body) => response.end(`${request.headers.authorization} ${body}`));
  });
  const sent = createTransport()({
    method,
    url: server.url + path,
    headers: SECRET,
    follow,
    ...(method === 'POST' && { body: 'question' }),
  });
  const outcome: { answer?: string; error?: Error } = await sent.then(
    async (response) => ({ answer: await readText(response) }),
    (error: Error) => ({ error }),
  );
  return { asked, ...outcome };
}

describe('a redirect is followed with method, headers and body', () => {
  test.each([
    [['POST', '/v1/chat', 307, '/v1/chat/'], 'POST /v1/chat/'],
    [['POST', '/v1/chat', 308, 'ORIGIN/v1/chat/'], 'POST /v1/chat/'],
    [['POST', '/v1/chat', 308, '/openai/v1/chat'], 'POST /openai/v1/chat'],
    [['POST', '/v1/chat?a=1', 307, 'chat/?a=1'], 'POST /v1/chat/?a=1'],
    [['POST', '/v1/chat/', 301, '/v1/chat'], 'POST /v1/chat'],
    [['POST', '/v1/chat', 302, '/v1/chat/'], 'POST /v1/chat/'],
    [['POST', '/v1//chat', 301, '/v1/chat'], 'POST /v1/chat'],
    [['GET', '/v1/models', 301, '/v1/models/'], 'GET /v1/models/'],
    [['GET', '/v1/models', 307, 'ORIGIN/models#top'], 'GET /models'],
    // A query that the server drops stays.
    [['GET', '/v1/models?api-version=1', 301, '/v1/models/'], 'GET /v1/models/?api-version=1'],
    [['GET', '/v1/models?a=1', 308, '/v1/models/?b=1'], 'GET /v1/models/?b=1'],
  ] as const)('%j leads to %s', async (redirect, second) => {
    for (const text of ['', 'Moved']) {
      const { asked, answer } = await redirected(redirect, { text });
      expect(asked.slice(1)).toEqual([second]);
      expect(answer).toBe(`Bearer secret ${redirect[0] === 'POST' ? 'question' : ''}`);
    }
  });
});

describe('a redirect is refused', () => {
  test.each([
    [['POST', '/v1/chat', 301, '/v2/chat'], 'redirect (301) to /v2/chat'],
    [['POST', '/v1/chat', 302, '/login'], 'redirect (302) to /login'],
    [['GET', '/v1/models', 302, '/login?next=secret'], 'redirect (302) to /login'],
    [['GET', '/v1/models', 302, '/login/secret'], 'redirect (302) to /login/[redacted]'],
    [['POST', '/v1/chat', 303, '/v1/chat/'], 'redirect (303)'],
    [['GET', '/v1/models', 300, '/v1/models/'], 'redirect (300)'],
    [['GET', '/v1/models', 304, ''], 'redirect (304)'],
    [['GET', '/v1/models', 308, ''], 'redirect (308)'],
    [['GET', '/v1/models', 308, 'http://'], 'redirect (308)'],
    [['GET', '/v1/models', 308, '/v1/models'], 'redirect (308) to /v1/models'],
    [['POST', '/v1/chat', 308, 'https://evil.example/v1/chat'], 'redirect (308) to evil.example'],
    [['POST', '/v1/chat', 307, '//evil.example/v1/chat'], 'redirect (307) to evil.example'],
    [['POST', '/v1/chat', 307, 'http://localhost:1/v1/chat/'], 'redirect (307) to localhost:1'],
    [['GET', '/v1/models', 307, 'http://u:p@127.0.0.1/v1/'], 'redirect (307) to 127.0.0.1'],
  ] as const)('%j: %s', async (redirect, message) => {
    const { asked, error } = await redirected(redirect);
    expect(asked).toHaveLength(1);
    expect(error).toMatchObject({
      kind: 'protocol',
      code: 'redirect_refused',
      status: redirect[2],
      message: expect.stringMatching(
        `^127.0.0.1:\\d+ answered with a ${message.replace(/[()[\]]/g, '\\$&')}`,
      ),
    });
    expect(error?.message).not.toContain('secret');
  });

  test('to https at the same host, and the hint says to write https', async () => {
    await using server = await loopback((request, response) => {
      response.writeHead(308, { location: `https://${request.headers.host}/v1/models` }).end();
    });
    const sent = createTransport()({
      method: 'GET',
      url: `${server.url}/v1/models`,
      headers: {},
      follow: true,
    });
    await expect(sent).rejects.toMatchObject({
      message: expect.stringMatching(/ to https:\/\/127\.0\.0\.1:\d+$/),
      hint: expect.stringContaining('https:// instead of http://'),
    });
  });

  test('the second time', async () => {
    const { asked, error } = await redirected(['POST', '/v1/a', 308, '/v1/b/'], {
      always: true,
    });
    expect(asked).toEqual(['POST /v1/a', 'POST /v1/b/']);
    expect(error).toMatchObject({ code: 'redirect_refused' });
  });

  test('when the request does not ask to follow, as those of OAuth', async () => {
    const { asked, error } = await redirected(['POST', '/token', 308, '/token/'], {
      follow: false,
    });
    expect(asked).toEqual(['POST /token']);
    expect(error).toMatchObject({ code: 'redirect_refused' });
  });
});
