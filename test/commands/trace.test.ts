import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../src/cli.ts';
import { timingsOf } from '../../src/commands/trace/exchange.ts';
import { createInProcessHome, type InProcessHome } from '../helpers/in-process-home.ts';
import { entriesOf, streamPieces } from '../helpers/traced.ts';
import { bodyOf } from '../helpers/loopback.ts';

const KEY = 'sk-0123456789';

let at: InProcessHome;
let har: string;
let env: Record<string, string>;
beforeAll(async () => {
  at = await createInProcessHome();
  har = join(at.home, 'trace.har');
  env = { OPENAI_BASE_URL: `${at.url}/v1`, OPENAI_API_KEY: KEY, QWEN_DEMO_MODEL: 'm' };
});
beforeEach(() => at.furnish([]));
afterAll(() => at[Symbol.asyncDispose]());

describe('--trace', () => {
  test('shows method, URL, status, protocol, times, sizes, request id and each event', async () => {
    streamPieces(at, 'Hello, you');
    const args = ['chat', '-p', 'hi', '-s', '--trace'];
    const { code, stdout, stderr } = await at.run(args, env);
    expect([code, stdout]).toEqual([0, 'Hello, you\n']);
    const time = String.raw`[\d.]+ ms`;
    for (const line of [
      String.raw`\[1\] POST ${at.url}/v1/chat/completions, \d+ bytes`,
      String.raw`\[1\] HTTP/1.1 200 OK, 127.0.0.1, request id id-1`,
      `\\[1\\] after ${time}: connect ${time}, sending ${time}, waiting ${time}`,
      String.raw`\[1\] event 1: ${time}, byte 51, 43 characters`,
      String.raw`\[1\] event 2: ${time}, byte 102, 43 characters`,
      `\\[1\\] ended after ${time}: body ${time}, 159 bytes, 3 events`,
    ]) {
      expect(stderr).toMatch(new RegExp(`^${line}$`, 'm'));
    }
  });

  test('says why a request is sent again, and why one failed', async () => {
    let requests = 0;
    at.answer((request, response) => {
      requests += 1;
      if (requests === 1) response.writeHead(503).end();
      else request.socket.destroy();
    });
    const { code, stderr } = await at.run(['list-models', '--trace', '--trace-har', har], env);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^\[2\] sent again: 127\S+ answered HTTP 503$/m);
    expect(stderr).toMatch(/^\[2\] failed after [\d.]+ ms: 127\S+ closed the connection$/m);
    const [first, second] = entriesOf(har);
    expect([first?.response.status, second?.response.status]).toEqual([503, 0]);
    expect(second?._again).toMatch(/answered HTTP 503$/);
    expect(second?.response._error).toMatch(/closed the connection$/);
  });

  test('names the section of its RFC at each step of a login, and shows no body', async () => {
    at.answer(async (request, response) => {
      await bodyOf(request);
      const json = {
        '/.well-known/oauth-authorization-server': {
          issuer: at.url,
          device_authorization_endpoint: `${at.url}/device`,
          token_endpoint: `${at.url}/token`,
          revocation_endpoint: `${at.url}/revoke`,
        },
        '/device': {
          device_code: 'device-code-1',
          user_code: 'ABCD-EFGH',
          verification_uri: `${at.url}/verify`,
          expires_in: 600,
        },
        '/token': {
          access_token: 'access-token-1',
          refresh_token: 'refresh-token-1',
          token_type: 'Bearer',
          expires_in: 3600,
        },
        '/revoke': {},
      }[request.url ?? ''];
      response.writeHead(json ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(json ?? { data: [] }));
    });
    const login = ['auth', 'login', '--no-browser', '--issuer', at.url, '--client-id', 'c'];
    const runs = [
      [...login, '--base-url', `${at.url}/v1`],
      ['auth', 'refresh', '--force'],
      ['auth', 'logout'],
    ];
    let shown = '';
    for (const [index, args] of runs.entries()) {
      const file = `${har}.${index}`;
      const { stderr } = await at.run([...args, '--trace', '--debug', '--trace-har', file]);
      shown += stderr + readFileSync(file, 'utf8');
      for (const { comment = '', request, response } of entriesOf(file)) {
        if (!comment.includes('RFC')) continue;
        expect([request.postData?.text ?? '', response.content.text]).toEqual(['', undefined]);
        expect(response.content.size).toBeGreaterThan(0);
      }
    }
    for (const section of [
      '8414 section 3.1',
      '8628 section 3.1',
      '7636 section 4.3',
      '8628 section 3.2',
      '8628 section 3.4',
      '7636 section 4.5',
      '8628 section 3.5',
      '6749 section 6',
      '7009 section 2.1',
      '7009 section 2.2',
    ]) {
      expect(shown).toContain(`RFC ${section}`);
    }
    for (const secret of ['device-code-1', 'access-token-1', 'refresh-token-1', 'code_verifier=']) {
      expect(shown).not.toContain(secret);
    }
  });
});

describe('--trace-har', () => {
  test('writes HAR 1.2 for its owner alone, with the time of each event of a stream', async () => {
    streamPieces(at, 'Hello, you');
    await at.put('trace.har', 'old, and longer than what comes. '.repeat(1000));
    expect((await at.run(['chat', '-p', 'hi', '-s', '--trace-har', har], env)).code).toBe(0);
    const [entry, ...others] = entriesOf(har);
    expect(others).toEqual([]);
    expect(statSync(har).mode & 0o777).toBe(0o600);
    expect(entry?.request.postData?.text).toContain('"content":"hi"');
    expect(entry?.response.content.text).toContain('"content":"Hello"');
    const messages = entry?._eventSourceMessages ?? [];
    expect(messages.map((one) => one._offset_bytes)).toEqual([51, 102, 159]);
    expect(messages[1]?.data).toBe('{"choices":[{"delta":{"content":", you"}}]}');
    const { ssl: _, ...parts } = entry?.timings ?? {};
    const sum = Object.values(parts).reduce((all, part) => all + Math.max(0, part), 0);
    expect(Math.abs(sum - (entry?.time ?? 0))).toBeLessThan(0.01);
  });

  test('is whole when the command is interrupted within an answer', async () => {
    streamPieces(at, 'Hello, you', false);
    const controller = new AbortController();
    const context = { ...at.context(env), signal: controller.signal };
    const running = run(['chat', '-p', 'hi', '-s', '--trace-har', har], context);
    await new Promise((resolve) => context.terminal.stdout.once('data', resolve));
    expect(entriesOf(har)).toHaveLength(1);
    const { Interrupted } = await import('../../src/core/errors.ts');
    controller.abort(new Interrupted('SIGINT'));
    expect(await running).toBe(130);
    const [entry] = entriesOf(har);
    expect(entry?._eventSourceMessages).toHaveLength(2);
    expect(entry?.response._error).toBeTruthy();
  });

  test('is empty and whole when nothing was sent', async () => {
    expect((await at.run(['chat', '-p', 'hi', '--trace-har', har])).code).toBe(3);
    expect(entriesOf(har)).toEqual([]);
  });

  test.each<[string, number, string]>([
    ['.', 2, 'is a folder'],
    ['/dev/null', 8, 'Cannot write'],
    ['missing.json/trace.har', 8, 'Cannot write'],
  ])(
    'that cannot be written, as %s, is refused before anything is sent',
    async (name, exit, message) => {
      await at.put('missing.json', '');
      const file = name.startsWith('/') ? name : join(at.home, name);
      const { code, stderr } = await at.run(['list-models', '--trace-har', file], env);
      expect([code, stderr]).toEqual([exit, expect.stringContaining(message)]);
    },
  );
});

const NONE = { blocked: -1, dns: -1, connect: -1, ssl: -1, send: -1, wait: -1, receive: -1 };
const HEAD = { ready: 60, sent: 61, head: 161 };
test.each<[string, string, Parameters<typeof timingsOf>[0]['marks'], Partial<typeof NONE>]>([
  [
    'a new connection',
    'https://a.example/',
    { open: 1, dns: 11, connect: 31, tls: 59, ...HEAD, end: 200 },
    { blocked: 2, dns: 10, connect: 48, ssl: 28, send: 1, wait: 100, receive: 39 },
  ],
  [
    'one that was kept',
    'https://a.example/',
    HEAD,
    { blocked: 60, send: 1, wait: 100, receive: 39 },
  ],
  ['a DNS server that is silent', 'https://a.example/', { open: 1 }, { blocked: 1, dns: 199 }],
  ['an address that is silent', 'https://[::1]/', { open: 1 }, { blocked: 1, connect: 199 }],
  [
    'a proxy that is silent',
    'https://a.example/',
    { open: 1, proxy: 1 },
    { blocked: 1, connect: 199 },
  ],
  [
    'TLS that does not end',
    'https://a.example/',
    { open: 1, dns: 11, connect: 31, end: 200 },
    { blocked: 1, dns: 10, connect: 189, ssl: 169 },
  ],
  [
    'a head that does not come',
    'http://a.example/',
    { ready: 1, sent: 2, end: 200 },
    { blocked: 1, send: 1, wait: 198 },
  ],
])('the time of an exchange with %s is divided into its parts', (_, url, marks, parts) => {
  const request = { method: 'GET' as const, url, headers: {} };
  expect(timingsOf({ start: 0, marks, request }, 200)).toEqual({ ...NONE, ...parts });
});
