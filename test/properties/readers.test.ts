import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { harEntry } from '../../src/commands/trace/har.ts';
import type { Exchange } from '../../src/commands/trace/exchange.ts';
import { readBuffered } from '../../src/core/chat/buffered.ts';
import type { Incoming } from '../../src/core/chat/incoming.ts';
import { createEventStreamParser } from '../../src/core/chat/sse.ts';
import { readStream } from '../../src/core/chat/stream.ts';
import { readEntry, replay, writeEntry } from '../../src/core/conversation/conversation.ts';
import { transcript } from '../../src/core/conversation/transcript.ts';
import { expiresSoon, mergeTokenResponse } from '../../src/core/credentials/credentials.ts';
import { parseCredentials } from '../../src/core/credentials/file-store.ts';
import { QwenDemoError } from '../../src/core/errors.ts';
import { KnownSecrets } from '../../src/core/known-secrets.ts';
import { parseDeviceAuthorization } from '../../src/core/oauth/device-authorization.ts';
import { parseMetadata } from '../../src/core/oauth/discovery.ts';
import { parseTokenResponse } from '../../src/core/oauth/token.ts';
import { parseConfig } from '../../src/core/settings/config.ts';
import { chooseProfile, profileNames } from '../../src/core/settings/profile.ts';
import { resolveSettings } from '../../src/core/settings/settings.ts';
import { parseBaseline } from '../../src/core/validation/baseline.ts';
import { parseModelsFile } from '../../src/core/validation/models-file.ts';
import { createSanitizer, sanitize } from '../../src/terminal/sanitize.ts';
import { mutationsOf, oddHeader, oddJson } from '../helpers/odd-values.ts';
import { harFaults } from '../helpers/traced.ts';
import { ANSWERS } from './server-answers.cases.ts';
import { FILES } from './stored-files.cases.ts';

/** Everything that reads what others wrote. `npm run fuzz` sets FUZZ_RUNS to 10,000 and prints FUZZ_SEED. */
const { FUZZ_RUNS = '40', FUZZ_SEED = '20260415' } = process.env;
const PARAMETERS = { numRuns: Number(FUZZ_RUNS), seed: Number(FUZZ_SEED), endOnFailure: true };
const LIMIT = Math.max(30_000, PARAMETERS.numRuns * 50);
/** Milliseconds for one case: the largest input is 600 KB. */
const SLOW = 5000;

/** Only errors for people, and none that takes long. */
async function survives(read: () => unknown): Promise<void> {
  const start = performance.now();
  try {
    await read();
  } catch (error) {
    if (!(error instanceof QwenDemoError)) throw error;
  }
  expect(performance.now() - start).toBeLessThan(SLOW);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
}

const documentOf = (name: string) => mutationsOf((ANSWERS[name] ?? FILES[name])?.document);
const textOf = (name: string) => documentOf(name).map(({ text }) => text);
const status = fc.constantFrom(200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 599);

/** An answer of a model whose body is these pieces. */
function incoming(pieces: readonly (string | Uint8Array)[]): Incoming {
  async function* body() {
    for (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
  }
  return {
    response: { status: 200, headers: {}, body: body(), host: 'api.example.com' },
    context: { auth_type: 'openai', secrets: [] },
    signal: undefined,
    deliver: () => {},
    raw_thinking: false,
    several: false,
    max_answer: 2 ** 25,
    hangUpAfter: () => {},
  } as Incoming;
}

const WORDS = [
  ...['data: ', 'data:', 'event: error', 'event:', 'id: 1', 'retry: 0', ':', ': ping', '[DONE]'],
  ...['\n', '\n\n', '\r', '\r\n', '\r\n\r\n', '\uFEFF', '\0', '{"a":1}', 'null', '{', '"', '🙂'],
];
const line = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WORDS).map((word) => Buffer.from(word)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)) },
);
const stream = fc.array(line, { maxLength: 60 }).map((lines) => Buffer.concat(lines));

function eventsOf(pieces: readonly Uint8Array[]): unknown[] {
  const parser = createEventStreamParser('api.example.com', 1000);
  return [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()];
}

describe('what others send', () => {
  test(
    'an event stream has the same events however it is cut',
    () =>
      fc.assert(
        fc.asyncProperty(stream, fc.nat(), (bytes, at) =>
          survives(() => {
            const cut = bytes.length === 0 ? 0 : at % bytes.length;
            const single = [...bytes].map((byte) => Uint8Array.of(byte));
            const whole = eventsOf([bytes]);
            expect(eventsOf([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
            expect(eventsOf(single)).toEqual(whole);
          }),
        ),
        PARAMETERS,
      ),
    LIMIT,
  );

  test(
    'chunks of odd values end in an answer or an error for people',
    () => {
      const chunks = fc.array(fc.oneof(textOf('chunk'), oddJson, textOf('error')), {
        minLength: 1,
        maxLength: 4,
      });
      const end = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
      return fc.assert(
        fc.asyncProperty(chunks, fc.boolean(), (datas, finished) => {
          const events = datas.map((data) => `data: ${data.replaceAll(/[\r\n]/g, ' ')}\n\n`);
          return survives(() => readStream(incoming([...events, ...(finished ? [end] : [])])));
        }),
        PARAMETERS,
      );
    },
    LIMIT,
  );

  test.each<[string, fc.Arbitrary<string>, (body: string, status: number) => unknown]>([
    ['whole answer', textOf('chat'), (body) => readBuffered(incoming([body]))],
    [
      'token response',
      textOf('token'),
      (body, status) => parseTokenResponse({ host: 'a.example', status, body }, ['device-code']),
    ],
    [
      'refused token response',
      textOf('refusal'),
      (body, status) => parseTokenResponse({ host: 'a.example', status, body }),
    ],
    [
      'device authorization response',
      textOf('device'),
      (body, status) => parseDeviceAuthorization({ host: 'a.example', status, body }),
    ],
    [
      'discovery response',
      textOf('discovery').map((text) => text.replaceAll('http://SERVER', 'https://a.example')),
      (body, status) => parseMetadata({ status, body }, new URL('https://a.example/')),
    ],
  ])(
    'a %s of odd values is read, or an error for people',
    (_, body, read) =>
      fc.assert(
        fc.asyncProperty(body, status, (text, status) => survives(() => read(text, status))),
        PARAMETERS,
      ),
    LIMIT,
  );
});

/** Resolves all settings of each profile. */
function useConfig(text: string): void {
  const config = parseConfig(text, 'config.json');
  for (const flag of ['default', ...profileNames(config)]) {
    const profile = chooseProfile({ flag, env: {}, config, new_profile: true });
    resolveSettings({
      flags: {},
      env: {},
      profile,
      home: { env: { HOME: '/home/u' }, platform: 'linux', passwordHome: () => undefined },
      files: undefined,
      has_login: () => false,
      default_user_agent: 'test',
    });
  }
}

function useCredentials(text: string): void {
  const credentials = parseCredentials('oauth_creds.json', text);
  expiresSoon(credentials, 0);
  mergeTokenResponse(credentials, { access_token: 'a', expires_in: 1 }, 0);
}

function useJournal(text: string): void {
  const lines = [text, ...text.split('\n'), text];
  const entries = lines.flatMap((one) => readEntry(one) ?? []);
  transcript(replay(entries));
  for (const written of entries.map(writeEntry)) {
    const again = readEntry(written);
    expect(again && writeEntry(again)).toBe(written);
  }
}

describe('what is stored or written by hand', () => {
  test.each<[string, (text: string) => unknown]>([
    ['oauth_creds.json', useCredentials],
    ['config.json', useConfig],
    ['models.json', (text) => parseModelsFile(text, 'models.json')],
    ['baseline.json', (text) => parseBaseline(text, 'baseline.json')],
    ['conversations/a.jsonl', useJournal],
  ])(
    '%s with odd values is read, or an error for people',
    (name, read) =>
      fc.assert(
        fc.asyncProperty(textOf(name), (text) => survives(() => read(text))),
        PARAMETERS,
      ),
    LIMIT,
  );
});

describe('what is shown or written', () => {
  const KEY = 'key+0123/56789=abc';

  test(
    'a HAR entry of odd values conforms to the schema and holds no secret',
    () => {
      const known = new KnownSecrets();
      known.add(KEY);
      const places = fc.record({
        text: fc.oneof(textOf('chat'), oddJson, fc.string({ unit: 'binary' })),
        datas: fc.array(fc.oneof(textOf('chunk'), oddJson), { maxLength: 3 }),
        header: oddHeader,
        path: fc.webPath(),
        query: fc.webQueryParameters(),
        status,
        marks: fc.record({
          open: fc.double({ min: 0, max: 9, noNaN: true }),
          head: fc.double({ min: 0, max: 9, noNaN: true }),
          end: fc.option(fc.double({ min: 0, max: 9, noNaN: true }), { nil: undefined }),
        }),
        split: fc.nat({ max: KEY.length }),
      });
      return fc.assert(
        fc.asyncProperty(places, (odd) =>
          survives(() => {
            const pieces = [KEY.slice(0, odd.split), KEY.slice(odd.split)];
            const datas = [
              ...odd.datas,
              ...pieces.map((content) => JSON.stringify({ choices: [{ delta: { content } }] })),
            ];
            const entry = harEntry(exchangeOf({ ...odd, datas }, KEY), known, 10);
            const json = JSON.stringify(entry);
            expect(harFaults('entry', JSON.parse(json))).toEqual([]);
            expect(known.isIn(json)).toBe(false);
            expect(known.isIn(contentOf(entry))).toBe(false);
          }),
        ),
        PARAMETERS,
      );
    },
    LIMIT,
  );

  test(
    'text is safe for a terminal, and the same however it is cut',
    () => {
      const escape = fc.constantFrom('\x1b', '\x9b', '\x1b[', '\x1b]0;', '\x07', '\x9c', 'm', '\r');
      const text = fc
        .array(fc.oneof(escape, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 40 })
        .map((parts) => parts.join(''));
      return fc.assert(
        fc.asyncProperty(text, fc.nat(), (text, at) =>
          survives(() => {
            const safe = sanitize(text);
            expect(safe).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]|[\u202a-\u202e\u2066-\u2069]/);
            const cut = text.length === 0 ? 0 : at % text.length;
            const sanitizer = createSanitizer();
            const shown = sanitizer.write(text.slice(0, cut)) + sanitizer.write(text.slice(cut));
            expect(shown + sanitizer.end()).toBe(safe);
            expect(sanitize(safe)).toBe(safe);
          }),
        ),
        PARAMETERS,
      );
    },
    LIMIT,
  );
});

interface OddExchange {
  text: string;
  datas: readonly string[];
  header: string;
  path: string;
  query: string;
  status: number;
  marks: { open: number; head: number; end: number | undefined };
}

/** An exchange that repeats a key wherever a server can. */
function exchangeOf(odd: OddExchange, key: string): Exchange {
  const { end, ...marks } = odd.marks;
  return {
    number: 1,
    request: {
      method: 'POST',
      url: `https://api.example.com${odd.path}?${odd.query}&token=${encodeURIComponent(key)}`,
      headers: { authorization: `Bearer ${key}`, 'content-type': odd.header },
      body: `${odd.text}${key}`,
    },
    started_at: 0,
    start: 0,
    marks: { ...marks, ...(end !== undefined && { end }) },
    connection: { address: '127.0.0.1', port: 1 },
    response: {
      status: odd.status,
      status_text: key,
      headers: { 'content-type': odd.header, 'x-request-id': key },
      body: (async function* () {})(),
      host: 'api.example.com',
    },
    received: 1,
    decoded: 2,
    text: `${odd.text} ${encodeURIComponent(key)} ${Buffer.from(`x${key}`).toString('base64')}`,
    events: odd.datas.map((data) => ({ event: 'message', data, size: 1, at: 0, end: 0 })),
    event_count: odd.datas.length,
    failure: new Error(key),
  };
}

/** The text of an answer, as a reader of the file can put it together. */
function contentOf(entry: object): string {
  const { _eventSourceMessages: messages = [] } = entry as {
    _eventSourceMessages?: { data: string }[];
  };
  return messages.map(({ data }) => /"content":"([^"]*)"/.exec(data)?.[1] ?? '').join('');
}
