import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFetch } from '../../src/library/fetch.ts';
import {
  authorizeDevice,
  createChat,
  createSession,
  type Credentials,
  type FetchLike,
  parseEventStream,
  resolveEndpoint,
  validateModels,
} from '../../src/library/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { temporaryFolder } from '../helpers/real-world.ts';

const MODEL = 'qwen3-coder-plus';
const CLIENT_ID = 'f0304373b74a44d2b584a3fb70ca9e56';
const question = { model: MODEL, messages: [{ role: 'user' as const, content: 'hi' }] };
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ auto_approve: true, interval: 0.05 });
});
afterAll(() => sandbox.close());

/** A login of the sandbox in memory. @param ms until it expires */
function login(ms = 3_600_000) {
  const { access_token, refresh_token, resource_url } = sandbox.issue();
  const saved: Credentials[] = [
    {
      access_token,
      refresh_token,
      resource_url,
      expiry_date: Date.now() + ms,
      issuer: sandbox.url,
      client_id: CLIENT_ID,
      token_endpoint: `${sandbox.url}/api/v1/oauth2/token`,
    },
  ];
  const store = {
    load: async () => saved.at(-1),
    save: async (credentials: Credentials) => void saved.push(credentials),
  };
  return { saved, session: createSession({ store }) };
}

const refreshes = () => sandbox.requests['/api/v1/oauth2/token refresh_token'] ?? 0;

describe('the library signs in and stays signed in', () => {
  test('a device login at an issuer is stored in a file that the session then uses', async () => {
    await using folder = await temporaryFolder();
    const codes: string[] = [];
    const credentials = await authorizeDevice({
      issuer: sandbox.url,
      client_id: CLIENT_ID,
      onCode: ({ user_code }) => codes.push(user_code),
    });
    const path = join(folder.path, 'credentials.json');
    const session = createSession({ path });
    await session.signIn(credentials);
    expect(codes).toHaveLength(1);
    expect(await session.getValid()).toMatchObject({ issuer: sandbox.url });
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      access_token: credentials.access_token,
    });
  });

  test('twenty callers at the expiry share one refresh, and the store gets the new tokens', async () => {
    const { session, saved } = login(-1);
    const before = refreshes();
    const all = await Promise.all(Array.from({ length: 20 }, () => session.getValid()));
    expect(new Set(all.map(({ access_token }) => access_token)).size).toBe(1);
    expect([refreshes() - before, saved.length]).toEqual([1, 2]);
  });

  test('a session without a login rejects with the code not_signed_in', async () => {
    const session = createSession({ store: { load: async () => undefined, save: async () => {} } });
    await expect(session.getValid()).rejects.toMatchObject({ kind: 'auth', code: 'not_signed_in' });
  });

  test('a store that cannot save does not lose the refreshed token, and one with rubbish is named', async () => {
    const { saved } = login(-1);
    const cause = new Error('postgres://user:password@db is down');
    const notices: string[] = [];
    const session = createSession({
      store: {
        load: async () => saved[0],
        save: async () => {
          throw cause;
        },
      },
      onNotice: ({ code, message }) => void notices.push(code, message),
    });
    const { access_token } = await session.getValid();
    expect([access_token === saved[0]?.access_token, notices[0]]).toEqual([
      false,
      'credentials_not_saved',
    ]);
    expect(notices[1]).not.toContain('password');
    await expect(session.signIn(saved[0]!)).rejects.toMatchObject({ code: 'store_failed', cause });
    const rubbish = { load: async () => ({ rows: [] }) as never, save: async () => {} };
    await expect(createSession({ store: rubbish }).getValid()).rejects.toMatchObject({
      kind: 'storage',
      code: 'credentials_corrupt',
    });
  });
});

describe('the library chats', () => {
  test('over its own transport and over a function like fetch, with the same answer', async () => {
    const seen: string[] = [];
    const transport: FetchLike = (url, init) => {
      seen.push(`${init.method} ${url}`);
      return fetch(url, init);
    };
    const options = { endpoint: `${sandbox.url}/v1`, api_key: sandbox.api_key };
    const texts: string[] = [];
    for (const client of [createChat(options), createChat({ ...options, transport })]) {
      let text = '';
      const answer = await client(
        { ...question, stream: true },
        { onDelta: (delta) => void (text += delta.type === 'content' ? delta.text : '') },
      );
      expect(answer).toMatchObject({ finish_reason: 'stop', streamed: true, content: text });
      texts.push(text);
    }
    expect(texts[0]).toBe(texts[1]);
    expect(seen).toEqual([`POST ${sandbox.url}/v1/chat/completions`]);
  });

  test('a wrong key rejects with a named error', async () => {
    const chat = createChat({ endpoint: `${sandbox.url}/v1`, api_key: 'sk-wrong-key' });
    await expect(chat({ ...question, stream: false })).rejects.toMatchObject({ kind: 'auth' });
  });

  test('an event stream is read in pieces of any size', async () => {
    const bytes = new TextEncoder().encode(
      'data: é\r\n\r\nevent: x\ndata: 1\ndata: 2\n\ndata: end',
    );
    async function* one() {
      for (const byte of bytes) yield Uint8Array.of(byte);
    }
    const events = [];
    for await (const event of parseEventStream(one())) events.push(event);
    expect(events).toEqual([
      { event: 'message', data: 'é' },
      { event: 'x', data: '1\n2' },
      { event: 'message', data: 'end' },
    ]);
  });

  test('the endpoint of a login keeps to hosts of Qwen where it must', () => {
    expect(resolveEndpoint('portal.qwen.ai', 'qwen')).toBe('https://portal.qwen.ai/v1');
    expect(() => resolveEndpoint('evil.example', 'qwen')).toThrow(/not one of Qwen's hosts/);
    expect(resolveEndpoint('llm.example.com/api', 'any')).toBe('https://llm.example.com/api/v1');
  });
});

describe('a fetch with access serves other SDKs', () => {
  test('the OpenAI SDK, with a token that expires between two requests', async () => {
    const { session, saved } = login(-1);
    const client = new OpenAI({
      apiKey: 'placeholder',
      baseURL: `${sandbox.url}/v1`,
      fetch: createFetch({ session }),
      maxRetries: 0,
    });
    const completion = await client.chat.completions.create(question);
    expect(completion.choices[0]?.finish_reason).toBe('stop');
    // A token that the API refuses although it has not expired by the clock is renewed once.
    saved.push({ ...saved.at(-1)!, access_token: 'revoked' });
    const stream = await client.chat.completions.create({ ...question, stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe(completion.choices[0]?.message.content);
  });

  test('the AI SDK, whole and streamed', async () => {
    const { session } = login();
    const provider = createOpenAICompatible({
      name: 'qwen',
      baseURL: `${sandbox.url}/v1`,
      fetch: createFetch({ session }),
    });
    const { text } = await generateText({ model: provider(MODEL), prompt: 'hi' });
    expect(text).toContain('hi');
    expect(await streamText({ model: provider(MODEL), prompt: 'hi' }).text).toBe(text);
  });

  test('the token goes to no other origin', async () => {
    const seen: (string | null)[] = [];
    const { session } = login();
    const send = createFetch({
      session,
      fetch: async (input) => {
        seen.push(new Request(input).headers.get('authorization'));
        return new Response('{}');
      },
    });
    await send('https://elsewhere.example/v1/models');
    await send(`${sandbox.url}/v1/models`);
    expect(seen).toEqual([null, `Bearer ${(await session.getValid()).access_token}`]);
  });
});

test('validateModels reports each model, and does not pass for none', async () => {
  const none = validateModels({ endpoint: `${sandbox.url}/v1`, models: [] });
  await expect(none).rejects.toMatchObject({ kind: 'usage', code: 'no_models' });
  const report = await validateModels({
    endpoint: `${sandbox.url}/v1`,
    api_key: sandbox.api_key,
    models: [MODEL, 'no-such-model'],
    probes: ['chat'],
    seed: 'a-seed',
  });
  expect(report).toMatchObject({
    seed: 'a-seed',
    models: [
      { model: MODEL, verdict: 'pass', outcome: 'passed' },
      { model: 'no-such-model', verdict: 'unavailable', outcome: 'failed' },
    ],
    summary: { total: 2, required_failed: 1 },
  });
});
