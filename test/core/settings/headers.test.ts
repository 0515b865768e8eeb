import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import { type Said, settingsFor } from '../../helpers/settings.ts';

/** The headers that follow, and the place that decides each. */
function headers(said: Said) {
  return Object.fromEntries(
    settingsFor(said).headers.map(({ name, value, source }) => [name, [value, source]]),
  );
}

const ENV = 'QWEN_DEMO_HEADERS';
const PROFILE = 'profile default: headers';

describe('headers come from', () => {
  test.each<[string, Said, Record<string, [string, string]>]>([
    [
      'a flag that is repeated',
      { flags: { header: ['X-A: 1', 'x-b:2:3 '] } },
      { 'x-a': ['1', '--header'], 'x-b': ['2:3', '--header'] },
    ],
    [
      'a flag, the last of one name',
      { flags: { header: ['X-A: 1', 'x-a: 2'] } },
      { 'x-a': ['2', '--header'] },
    ],
    ['a variable', { env: { [ENV]: 'X-A: 1' } }, { 'x-a': ['1', ENV] }],
    [
      'the lines of a variable',
      { env: { [ENV]: 'X-A: 1\r\n\nX-B: 2\n' } },
      { 'x-a': ['1', ENV], 'x-b': ['2', ENV] },
    ],
    [
      'a JSON object in a variable',
      { env: { [ENV]: '{"X-A":"1","X-B":"2"}' } },
      { 'x-a': ['1', ENV], 'x-b': ['2', ENV] },
    ],
    ['a JSON array in a variable', { env: { [ENV]: '["X-A: 1"]' } }, { 'x-a': ['1', ENV] }],
    ['an object in a profile', { profile: { headers: { 'X-A': '1' } } }, { 'x-a': ['1', PROFILE] }],
    ['a list in a profile', { profile: { headers: ['X-A: 1'] } }, { 'x-a': ['1', PROFILE] }],
    ['a text in a profile', { profile: { headers: 'X-A: 1' } }, { 'x-a': ['1', PROFILE] }],
    [
      'all three, and of one name the strongest counts',
      {
        flags: { header: ['X-A: flag'] },
        env: { [ENV]: 'x-a: env\nX-B: env' },
        profile: { headers: { 'X-A': 'profile', 'X-B': 'profile', 'X-C': 'profile' } },
      },
      { 'x-a': ['flag', '--header'], 'x-b': ['env', ENV], 'x-c': ['profile', PROFILE] },
    ],
  ])('%s', (_title, said, expected) => {
    expect(headers(said)).toEqual(expected);
  });

  test('weaker places, which are named', () => {
    const { headers: found } = settingsFor({
      flags: { header: ['X-A: 1'] },
      env: { [ENV]: 'X-A: 2' },
      profile: { headers: ['X-A: 3'] },
    });
    expect(found).toMatchObject([{ source: '--header', overrides: [ENV, PROFILE] }]);
  });
});

describe('a header is refused, and its value is not repeated', () => {
  test.each([
    ['Authorization: Bearer v4lue', /authorization, which carries the key/],
    ['x-api-key: v4lue', /x-api-key, which carries the key/],
    ['API-KEY: v4lue', /api-key, which carries the key/],
    ['X-Goog-Api-Key: v4lue', /x-goog-api-key, which carries the key/],
    ['Ocp-Apim-Subscription-Key: v4lue', /which carries the key/],
    ['X-Gateway: v4lue', /x-gateway, which carries the key/],
    ['Cookie: v4lue', /cannot set cookie/],
    ['Set-Cookie: v4lue', /cannot set set-cookie/],
    ['Proxy-Authorization: v4lue', /proxy-authorization, which the program sets itself/],
    ['User-Agent: v4lue', /cannot set user-agent/],
    ...[
      'Host',
      'Connection',
      'Keep-Alive',
      'Proxy-Connection',
      'TE',
      'Trailer',
      'Transfer-Encoding',
      'Upgrade',
      'Content-Length',
      'Content-Type',
      'Content-Encoding',
      'Accept',
      'Accept-Encoding',
      'Expect',
    ].map((name) => [`${name}: v4lue`, /which the program sets itself/] as const),
    ['v4lue', /a header is 'Name: value'/],
    ['X-A=v4lue', /a header is 'Name: value'/],
    [': v4lue', /a header is 'Name: value'/],
    ['', /a header is 'Name: value'/],
    ['X A: v4lue', /the name of a header has/],
    ['X-A : v4lue', /the name of a header has/],
    ['X-Ä: v4lue', /the name of a header has/],
    ['X-A\r\nX-B: v4lue', /the name of a header has/],
    ['X-A:', /x-a has no value/],
    ['X-A:  ', /x-a has no value/],
    ['X-A: v4lue\r\nX-B: v4lue', /x-a holds a line break/],
    ['X-A: v4lue\n', /x-a holds a line break/],
    ['X-A: v4lue\0', /x-a holds a character/],
    ['X-A: v4lueä', /x-a holds a character/],
  ] as const)('--header %j', (text, message) => {
    const refused = () => settingsFor({ flags: { header: [text], apiKeyHeader: 'X-Gateway' } });
    const anywhere = [
      refused,
      () => settingsFor({ profile: { headers: [text], api_key_header: 'X-Gateway' } }),
    ];
    for (const one of anywhere) {
      expect(one).toThrow(UsageError);
      expect(one).toThrow(message);
      expect(one).toThrow(expect.objectContaining({ code: 'invalid_header' }));
      expect(one).not.toThrow(/v4lue/);
    }
    expect(refused).toThrow(/^--header/);
  });

  test.each([
    ['{"X-A": 1}', 'invalid_header'],
    ['{"X-A: "', 'invalid_header'],
    ['{"X A": "v4lue"}', 'invalid_header'],
    ['{"Cookie": "v4lue"}', 'invalid_header'],
    ['X-A: 1\nCookie: v4lue', 'invalid_header'],
    ['"X-A: v4lue"', 'quoted_value'],
  ])('QWEN_DEMO_HEADERS=%j', (value, code) => {
    const refused = () => settingsFor({ env: { [ENV]: value } });
    expect(refused).toThrow(expect.objectContaining({ kind: 'usage', code }));
    expect(refused).toThrow(/^QWEN_DEMO_HEADERS/);
    expect(refused).not.toThrow(/v4lue/);
  });
});

describe('the header of the key', () => {
  test.each<[string, Said, string | undefined]>([
    ['is Authorization by default', {}, undefined],
    ['comes from a flag', { flags: { apiKeyHeader: 'Api-Key' } }, 'api-key'],
    ['comes from a variable', { env: { QWEN_DEMO_API_KEY_HEADER: 'x-api-key' } }, 'x-api-key'],
    ['comes from a profile', { profile: { api_key_header: 'X-Key' } }, 'x-key'],
    [
      'can be Authorization, without Bearer',
      { flags: { apiKeyHeader: 'Authorization' } },
      'authorization',
    ],
  ])('%s', (_title, said, name) => {
    expect(settingsFor(said).api_key_header?.value).toBe(name);
  });

  test.each(['api-key: v4lue', 'v4lue=', 'a b', 'Host', 'Content-Type', 'cookie', 'user-agent'])(
    '%j is refused',
    (text) => {
      const refused = () => settingsFor({ flags: { apiKeyHeader: text } });
      expect(refused).toThrow(expect.objectContaining({ code: 'invalid_header' }));
      expect(refused).toThrow(/^--api-key-header/);
      expect(refused).not.toThrow(/v4lue/);
    },
  );
});

describe('headers of a profile', () => {
  const profile = {
    base_url: 'https://api.example/v1',
    headers: { 'X-A': '1' },
    api_key_header: 'api-key',
  };

  test.each<[string, Said, boolean]>([
    ['go to its base URL', { profile }, true],
    [
      'go to another path of its origin',
      { profile, flags: { baseUrl: 'https://api.example/v2' } },
      true,
    ],
    [
      'do not go to the base URL of a flag',
      { profile, flags: { baseUrl: 'https://b.example' } },
      false,
    ],
    [
      'do not go to the base URL of a variable',
      { profile, env: { OPENAI_BASE_URL: 'http://127.0.0.1:1' } },
      false,
    ],
    ['do not go to the plan of a flag', { profile, flags: { plan: 'coding' } }, false],
    [
      'do not go where only the login leads',
      { profile: { ...profile, auth: 'api-key' }, flags: { auth: 'oauth' } },
      false,
    ],
    [
      'go anywhere from a profile without a base URL',
      {
        profile: { headers: profile.headers, api_key_header: 'api-key' },
        env: { OPENAI_BASE_URL: 'http://127.0.0.1:1' },
      },
      true,
    ],
  ])('%s', (_title, said, expected) => {
    const found = settingsFor(said);
    expect(found.headers).toHaveLength(expected ? 1 : 0);
    expect(found.api_key_header?.value).toBe(expected ? 'api-key' : undefined);
  });
});
