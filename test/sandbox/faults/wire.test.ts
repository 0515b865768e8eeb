import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../../src/sandbox/server.ts';

/** What a client sees of an answer: its bytes, one by one, and how the connection ends. */
interface Seen {
  bytes: Buffer;
  segments: number;
  end: 'closed' | 'reset' | 'refused' | 'open';
}

const CHAT = { model: 'qwen3-coder-plus', messages: [{ role: 'user', content: 'Say red blue' }] };

/** Sends one request, and waits for the end of the connection or for 2 s without a byte. */
function request(sandbox: Sandbox, start: string, body = ''): Promise<Seen> {
  const { host, port } = new URL(sandbox.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1');
    const parts: Buffer[] = [];
    const finish = (end: Seen['end']): void => {
      socket.destroy();
      resolve({ bytes: Buffer.concat(parts), segments: parts.length, end });
    };
    socket.setTimeout(2000, () => finish('open'));
    socket.on('data', (part) => parts.push(part));
    socket.on('end', () => finish('closed'));
    socket.on('error', (error) =>
      finish('code' in error && error.code === 'ECONNREFUSED' ? 'refused' : 'reset'),
    );
    socket.write(
      [
        `${start} HTTP/1.1`,
        `host: ${host}`,
        `authorization: Bearer ${sandbox.api_key}`,
        'content-type: application/json',
        `content-length: ${Buffer.byteLength(body)}`,
        'connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  });
}

const chat = (sandbox: Sandbox, stream = true): Promise<Seen> =>
  request(sandbox, 'POST /v1/chat/completions', JSON.stringify({ ...CHAT, stream }));
const models = (sandbox: Sandbox): Promise<Seen> => request(sandbox, 'GET /v1/models');

const bodyOf = ({ bytes }: Seen): Buffer => bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
const text = ({ bytes }: Seen): string => bytes.toString('utf8');

describe('a fault on the wire', () => {
  const CASES: [string, (seen: Seen) => unknown, unknown][] = [
    ['refused', ({ end }) => end, 'refused'],
    ['reset', ({ end, bytes }) => [end, bytes.length], ['reset', 0]],
    ['hang-up', ({ end, bytes }) => [end, bytes.length], ['closed', 0]],
    ['lost', ({ end, bytes }) => [end, bytes.length], ['reset', 0]],
    ['reset-body', (seen) => [seen.end, text(seen).includes('[DONE]')], ['reset', false]],
    ['cut', (seen) => [seen.end, text(seen).includes('[DONE]')], ['closed', false]],
    ['stall', ({ end, bytes }) => [end, bytes.length], ['open', 0]],
    ['stall:50ms', (seen) => [seen.end, text(seen).includes('[DONE]')], ['closed', true]],
    ['stall-head', (seen) => [seen.end, /^HTTP.*\r\n\r\n/s.test(text(seen))], ['open', false]],
    ['slow:ever', (seen) => [seen.end, bodyOf(seen).length], ['open', 0]],
    ['stall-body', (seen) => [seen.end, text(seen).includes('data: ')], ['open', true]],
    ['stall-end', (seen) => [seen.end, text(seen).endsWith('[DONE]\n\n\r\n')], ['open', true]],
    ['bytewise', ({ segments }) => segments > 10, true],
    ['split', (seen) => text(seen).includes('data: [DONE]\r\r\n'), true],
    ['interim:3', (seen) => text(seen).split('HTTP/1.1 103 ').length, 4],
    ['not-http', (seen) => text(seen), 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['huge-headers', (seen) => /\r\nx-padding: a{65536}\r\n\r\n/.test(text(seen)), true],
    ['bad-chunk', (seen) => text(seen).endsWith('\r\nzz\r\nno number\r\n'), true],
    ['no-length', (seen) => /content-length|transfer-encoding/i.test(text(seen)), false],
    ['two-lengths', (seen) => text(seen).match(/content-length: /gi)?.length, 2],
    ['html:403', (seen) => [text(seen).slice(9, 12), /<title>/.test(text(seen))], ['403', true]],
    ['status:503,7', (seen) => /^HTTP\/1.1 503 [^]*\nretry-after: 7\r/.test(text(seen)), true],
    ['status:429,past', (seen) => /\nretry-after: \w{3}, .* GMT\r/.test(text(seen)), true],
    [
      'redirect:http://x.example/',
      (seen) => /\nlocation: http:\/\/x.example\/\r/.test(text(seen)),
      true,
    ],
    ['compressed', (seen) => /content-encoding: gzip/.test(text(seen)), true],
    ['error-finish', (seen) => text(seen).includes('"finish_reason":"error_finish"'), true],
    ['no-done', (seen) => /\[DONE\]/.test(text(seen)), false],
    ['no-finish', (seen) => /"finish_reason":"/.test(text(seen)), false],
    ['cumulative', (seen) => text(seen).includes('"content":"red blue"'), true],
    ['no-usage', (seen) => /"usage"/.test(text(seen)), false],
    [
      'json-for-stream',
      (seen) => JSON.parse(bodyOf(seen).toString()).choices[0].message.content,
      'red blue',
    ],
    ['line-ends:cr', (seen) => /data: \[DONE\]\r\r/.test(text(seen)), true],
    ['key-in-answer', (seen) => /Your key is sk-sandbox-/.test(text(seen)), true],
    ['invalid-utf8', ({ bytes }) => bytes.includes(Buffer.from([0xe9, 0xff])), true],
    ['set:choices.0.index=7', (seen) => text(seen).match(/"index":7/g)?.length, 4],
    ['set:__proto__=1', (seen) => text(seen).includes('"__proto__":1'), true],
    ['unset:model', (seen) => text(seen).includes('"model"'), false],
    ['other-model:x', (seen) => text(seen).includes('"model":"x"'), true],
  ];
  it.concurrent.each(CASES)('%s is what a client of the chat sees', async (fault, see, seen) => {
    await using sandbox = await startSandbox({ faults: [fault] });
    expect(see(await chat(sandbox))).toEqual(seen);
  });

  it('compressed is the answer in gzip', async () => {
    await using sandbox = await startSandbox({ faults: ['compressed', 'no-length'] });
    expect(gunzipSync(bodyOf(await models(sandbox))).toString()).toMatch(/^\{"object":"list"/);
  });

  it('lengths do not fit the body', async () => {
    for (const [fault, factor] of [
      ['short-length', 0.5],
      ['long-length', 2],
    ] as const) {
      await using sandbox = await startSandbox({ faults: [fault] });
      const seen = await models(sandbox);
      const [, length] = /content-length: (\d+)/.exec(text(seen)) ?? [];
      expect(Number(length) / bodyOf(seen).length).toBeCloseTo(factor, 2);
    }
  });
});

describe('a fault', () => {
  const statuses = async (sandbox: Sandbox, times: number): Promise<string[]> => {
    const found: string[] = [];
    for (let left = times; left > 0; left -= 1) found.push(text(await chat(sandbox)).slice(9, 12));
    return found;
  };

  it.each([
    ['quota', ['429', '429', '429', '429']],
    ['quota#2', ['200', '429', '200', '200']],
    ['quota#3+', ['200', '200', '429', '429']],
    ['quota#2-3', ['200', '429', '429', '200']],
    ['status:503@api#1', ['503', '200', '200', '200']],
    ['status:503@models', ['200', '200', '200', '200']],
    ['rate-limit', ['429', '200', '200', '200']],
  ])('%s hits these requests', async (fault, expected) => {
    await using sandbox = await startSandbox({ faults: [fault] });
    expect(await statuses(sandbox, 4)).toEqual(expected);
  });

  it('counts the requests of its own endpoints only', async () => {
    await using sandbox = await startSandbox({ faults: ['status:500@chat#2'] });
    await models(sandbox);
    await models(sandbox);
    expect(await statuses(sandbox, 2)).toEqual(['200', '500']);
  });

  it('joins others: what the model says, then the events, then the bytes', async () => {
    const faults = ['bytewise', 'cumulative', 'loop:3', 'status:500#2'];
    await using sandbox = await startSandbox({ faults });
    const seen = await chat(sandbox);
    expect(text(seen).replaceAll(/\r\n[\da-f]+\r\n/g, '')).toContain('"content":"the the the "');
    expect(seen.segments).toBeGreaterThan(10);
    expect(await statuses(sandbox, 1)).toEqual(['500']);
  });

  it('closes the port after a request, and opens it again', async () => {
    await using sandbox = await startSandbox({ faults: ['refused:2s#2'] });
    expect((await models(sandbox)).end).toBe('closed');
    expect((await models(sandbox)).end).toBe('refused');
    await expect.poll(async () => (await models(sandbox)).end).toBe('closed');
  });

  it('hits a refresh and not a poll, though both have one address', async () => {
    await using sandbox = await startSandbox({ faults: ['status:503@refresh'] });
    const token = async (grant_type: string): Promise<number> => {
      const form = new URLSearchParams({ grant_type, refresh_token: 'x', device_code: 'x' });
      const init = { method: 'POST', body: form };
      return (await fetch(`${sandbox.url}/api/v1/oauth2/token`, init)).status;
    };
    expect(await token('refresh_token')).toBe(503);
    expect(await token('urn:ietf:params:oauth:grant-type:device_code')).toBe(400);
  });
});
