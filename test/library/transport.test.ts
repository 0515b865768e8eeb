import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createChat, type FetchLike } from '../../src/library/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';

const question = {
  model: 'qwen3-coder-plus',
  messages: [{ role: 'user' as const, content: 'hi' }],
};
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

function webStream(ended: () => void, size?: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) =>
      size === undefined ? new Promise(() => {}) : controller.enqueue(new Uint8Array(size)),
    cancel: ended,
  });
}

describe('a transport of the caller', () => {
  test('a function like fetch that rejects gives a NetworkError, and a body that breaks off a truncated stream', async () => {
    const endpoint = 'http://127.0.0.1:2/v1';
    const refused = createChat({ endpoint, transport: fetch, max_retries: 0 });
    await expect(refused({ ...question, stream: false })).rejects.toMatchObject({
      kind: 'network',
      code: 'connection_refused',
    });
    async function* cut() {
      yield new TextEncoder().encode('data: {"choices":[{"delta":{"content":"a"}}]}\n\n');
      throw Object.assign(new Error('terminated'), { code: 'ECONNRESET' });
    }
    const headers = new Headers({ 'content-type': 'text/event-stream' });
    const transport: FetchLike = async () => ({ status: 200, headers, body: cut() });
    const chat = createChat({ endpoint, transport });
    await expect(chat({ ...question, stream: true })).rejects.toMatchObject({
      kind: 'protocol',
      code: 'truncated_stream',
    });
  });

  test.each([
    ['a web stream', 'that sends bytes', (ended: () => void) => webStream(ended, 1024)],
    ['a web stream', 'that stays silent', (ended: () => void) => webStream(ended)],
    [
      'a stream of Node',
      'that stays silent',
      (ended: () => void) =>
        new Readable({ read() {}, destroy: (error, done) => (ended(), done(error)) }),
    ],
    [
      'a generator',
      'that sends bytes',
      async function* (ended: () => void) {
        try {
          for (;;) yield new Uint8Array(1024);
        } finally {
          ended();
        }
      },
    ],
    [
      'an iterator',
      'that stays silent',
      (ended: () => void) => ({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => {}),
          return: async () => ({ done: true as const, value: ended() }),
        }),
      }),
    ],
  ])(
    'the body of a redirect, %s %s, is ended, so that its connection is free again',
    async (_, __, bodyOf) => {
      let ends = 0;
      const headers = new Headers({ location: 'https://elsewhere.example/v1' });
      const body = bodyOf(() => (ends += 1));
      const transport: FetchLike = async () => ({ status: 307, headers, body });
      const chat = createChat({ endpoint: 'http://127.0.0.1:2/v1', transport });
      await expect(chat({ ...question, stream: false })).rejects.toMatchObject({
        code: 'redirect_refused',
      });
      expect(ends).toBe(1);
    },
  );

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', '{"choices":[]}'],
    ['a status that is a text', { status: '200', headers: new Headers(), body: null }],
    ['headers in an object', { status: 200, headers: { 'content-type': 'a' }, body: null }],
    ['no headers', { status: 200, body: null }],
    ['no body', { status: 200, headers: new Headers() }],
    ['a body that is a text', { status: 200, headers: new Headers(), body: '{}' }],
    ['a body that was read', { status: 200, headers: new Headers(), body: { choices: [] } }],
  ])('that resolves to %s gives an error that says so', async (_, response) => {
    const chat = createChat({
      endpoint: 'http://127.0.0.1:2/v1',
      transport: async () => response as never,
    });
    await expect(chat({ ...question, stream: false })).rejects.toMatchObject({
      kind: 'usage',
      code: 'invalid_transport',
      message: expect.stringMatching(/^The transport resolved to /),
    });
  });

  test('that is no function is refused', () => {
    const create = () => createChat({ endpoint: 'http://127.0.0.1:2/v1', transport: {} as never });
    expect(create).toThrow(expect.objectContaining({ code: 'invalid_transport' }));
  });

  test('a function like fetch is asked again after a redirect on the origin, and never elsewhere', async () => {
    const answers = (location: string): FetchLike => {
      let first = true;
      return async (url, init) => {
        if (!first) return fetch(url, init);
        first = false;
        return { status: 307, headers: new Headers({ location }), body: null };
      };
    };
    const at = (location: string) =>
      createChat({
        endpoint: `${sandbox.url}/old`,
        api_key: sandbox.api_key,
        transport: answers(location),
      });
    const here = await at(`${sandbox.url}/v1/chat/completions`)({ ...question, stream: false });
    expect(here.finish_reason).toBe('stop');
    await expect(
      at('https://elsewhere.example/v1')({ ...question, stream: false }),
    ).rejects.toMatchObject({ kind: 'protocol', code: 'redirect_refused' });
  });
});
