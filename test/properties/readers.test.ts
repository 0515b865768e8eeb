import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBuffered } from '../../src/core/chat/buffered.ts';
import type { Incoming } from '../../src/core/chat/incoming.ts';
import { createEventStreamParser } from '../../src/core/chat/sse.ts';
import { readStream } from '../../src/core/chat/stream.ts';
import { readEntry, replay, writeEntry } from '../../src/core/conversation/conversation.ts';
import { transcript } from '../../src/core/conversation/transcript.ts';
import { expiresSoon, mergeTokenResponse } from '../../src/core/credentials/credentials.ts';
import { parseCredentials } from '../../src/core/credentials/file-store.ts';
import { parseDeviceAuthorization } from '../../src/core/oauth/device-authorization.ts';
import { parseMetadata } from '../../src/core/oauth/discovery.ts';
import { parseTokenResponse } from '../../src/core/oauth/token.ts';
import { parseConfig } from '../../src/core/settings/config.ts';
import { chooseProfile, profileNames } from '../../src/core/settings/profile.ts';
import { resolveSettings } from '../../src/core/settings/settings.ts';
import { parseBaseline } from '../../src/core/validation/baseline.ts';
import { parseModelsFile } from '../../src/core/validation/models-file.ts';
import { LIMIT, PARAMETERS, status, survives, textOf } from '../helpers/fuzz.ts';
import { oddJson } from '../helpers/odd-values.ts';

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
  };
}

const WORDS = [
  'data: ',
  'data:',
  'event: error',
  'event:',
  'id: 1',
  'retry: 0',
  ':',
  ': ping',
  '[DONE]',
  '\n',
  '\n\n',
  '\r',
  '\r\n',
  '\r\n\r\n',
  '\uFEFF',
  '\0',
  '{"a":1}',
  'null',
  '{',
  '"',
  '🙂',
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
    const again = readEntry(Buffer.concat(written).toString());
    expect(again && writeEntry(again)).toEqual(written);
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
