import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

/** One request as raw text; the status line and the rest. */
function raw(lines: readonly string[]): Promise<string> {
  const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1');
  socket.write(`${[...lines, 'connection: close'].join('\r\n')}\r\n\r\n`);
  return text(socket);
}

describe('the sandbox server', () => {
  it('refuses a Host header with another name, against DNS rebinding', async () => {
    const { host, port } = new URL(sandbox.url);
    const status = async (name: string): Promise<string> =>
      (await raw(['GET /authorize HTTP/1.1', `host: ${name}`])).slice(9, 12);
    expect(await status(host)).toBe('200');
    expect(await status(`localhost:${port}`)).toBe('200');
    expect(await status(`LocalHost:${port}`)).toBe('200');
    expect(await status('evil.example')).toBe('421');
    expect(await status(`evil.example:${port}`)).toBe('421');
    expect(await status('127.0.0.1')).toBe('421');
    expect(await status(`127.0.0.1.evil.example:${port}`)).toBe('421');
  });

  it('refuses an unknown path with 404 and a wrong method with 405', async () => {
    const { host } = new URL(sandbox.url);
    const answer = async (start: string): Promise<string> =>
      raw([`${start} HTTP/1.1`, `host: ${host}`, 'content-length: 0']);
    expect(await answer('GET /api/v1/oauth2/token')).toMatch(/ 405 [^]*\nallow: POST\r/i);
    expect(await answer('DELETE /authorize')).toMatch(/ 405 [^]*\nallow: GET, HEAD, POST\r/i);
    expect(await answer('GET /')).toMatch(/ 404 /);
    expect(await answer('GET /v1/models/a/b')).toMatch(/ 404 /);
    expect(await answer('GET /__proto__')).toMatch(/ 404 /);
    expect(await answer('GET http://evil.example/authorize')).toMatch(/ 400 /);
    expect(sandbox.requests).toEqual({
      '/api/v1/oauth2/token': 1,
      '/authorize': 1,
      other: 3,
    });
  });

  it('answers HEAD with the head of the response to GET', async () => {
    const { host } = new URL(sandbox.url);
    for (const path of ['/authorize', '/v1/models', '/.well-known/oauth-authorization-server']) {
      const [get = '', head = ''] = await Promise.all(
        ['GET', 'HEAD'].map((method) => raw([`${method} ${path} HTTP/1.1`, `host: ${host}`])),
      );
      const changing = /^(?:date|set-cookie|x-request-id):.*\r\n/gim;
      const [expected] = get.replaceAll(changing, '').split('\r\n\r\n');
      expect(head.replaceAll(changing, '')).toBe(`${expected}\r\n\r\n`);
    }
    expect(await raw(['HEAD /v1/chat/completions HTTP/1.1', `host: ${host}`])).toMatch(/ 405 /);
  });

  it('disconnects a client that takes nothing of its answer', async () => {
    await using impatient = await startSandbox({ patience: 1000 });
    const { host, port } = new URL(impatient.url);
    const socket = connect(Number(port), '127.0.0.1');
    const body = JSON.stringify({
      model: 'qwen3-coder-plus',
      stream: true,
      messages: [{ role: 'user', content: 'Count from 1 to 9999.' }],
    });
    // Never read: the answer of 5 MB fills the buffers of the kernel, and then the sandbox waits.
    socket.pause();
    socket.write(
      [
        'POST /v1/chat/completions HTTP/1.1',
        `host: ${host}`,
        `authorization: Bearer ${impatient.api_key}`,
        'content-type: application/json',
        `content-length: ${body.length}`,
      ].join('\r\n') + `\r\n\r\n${body}`,
    );
    await expect.poll(() => impatient.connections()).toBe(1);
    await expect.poll(() => impatient.connections()).toBe(0);
    socket.destroy();
  });

  it('serves 300 event streams at once', async () => {
    const ask = async (): Promise<string> => {
      const answer = await fetch(`${sandbox.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${sandbox.api_key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'qwen3-coder-plus',
          stream: true,
          messages: [{ role: 'user', content: 'Say hi' }],
        }),
      });
      return answer.text();
    };
    const answers = await Promise.all(Array.from({ length: 300 }, ask));
    expect(answers.filter((text) => text.endsWith('data: [DONE]\n\n'))).toHaveLength(300);
  });

  it.runIf(process.platform === 'linux')('listens on 127.0.0.1 and nowhere else', async () => {
    const elsewhere = fetch(sandbox.url.replace('127.0.0.1', '127.0.0.2'));
    await expect(elsewhere).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  it('names the environment variables that point to it', () => {
    expect(sandbox.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(sandbox.environment()).toEqual({
      QWEN_DEMO_OAUTH_BASE_URL: sandbox.url,
      QWEN_DEMO_AUTH: 'oauth',
    });
    expect(sandbox.environment('key')).toEqual({
      OPENAI_BASE_URL: `${sandbox.url}/v1`,
      OPENAI_API_KEY: sandbox.api_key,
    });
  });

  it('closes while a client keeps its connection open', async () => {
    const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1');
    socket.write('GET /authorize HTTP/1.1\r\n');
    const ended = text(socket).catch(() => 'reset');
    await once(socket, 'connect');
    await sandbox.close();
    await ended;
    await expect(fetch(sandbox.url)).rejects.toThrow();
  });

  it('rejects when its port is in use', async () => {
    const port = Number(new URL(sandbox.url).port);
    await expect(startSandbox({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
