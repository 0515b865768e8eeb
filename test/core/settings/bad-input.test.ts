import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import type { Profile } from '../../../src/core/settings/definitions.ts';
import type { ConnectionFlags } from '../../../src/core/settings/settings.ts';
import { settingsFor } from '../../helpers/settings.ts';

/** Each is wrong in whichever layer it stands. */
const WRONG: readonly [
  key: keyof Profile,
  flag: keyof ConnectionFlags,
  values: readonly string[],
][] = [
  ['auth', 'auth', ['magic', 'OAuth', 'apikey']],
  ['plan', 'plan', ['gold', 'Standard']],
  ['region', 'region', ['mars', 'CN']],
  [
    'base_url',
    'baseUrl',
    [
      'ftp://x',
      'http://example.com',
      'https://u:p@x',
      'https://x/?key=a',
      'https://x/#a',
      '://',
      'a b',
    ],
  ],
  ['store', 'store', ['cloud', 'FILE']],
  ['credentials', 'credentials', ['new/', '/tmp/']],
  ['user_agent', 'userAgent', ['a\nb', 'ä', 'a\u0000']],
  ['timeout', 'timeout', ['0', '-1', 'soon', '25d', '1e9', 'NaN', '100000h']],
  ['max_retries', 'maxRetries', ['-1', '1.5', '100', 'many', '1e1', ' 1']],
  ['resource', 'resource', ['/relative', 'https://x/#fragment', 'api']],
];

/** Commander parses these flags: see commands/options.test.ts. */
const PARSED = new Set<string>(['timeout', 'max_retries']);

const CASES = WRONG.flatMap(([key, flag, values]) => values.map((value) => ({ key, flag, value })));

describe('a value out of range is refused and the message names where it comes from', () => {
  test.each(CASES.filter(({ key }) => !PARSED.has(key)))(
    '--$key $value',
    ({ key, flag, value }) => {
      const flags = { [flag]: key === 'resource' ? [value] : value };
      const refused = () => settingsFor({ flags });
      expect(refused).toThrow(UsageError);
      expect(refused).toThrow(`--${key.replaceAll('_', '-')}`);
    },
  );

  test.each(CASES)('$key $value in a profile', ({ key, value }) => {
    const refused = () => settingsFor({ profile: { [key]: value } });
    expect(refused).toThrow(UsageError);
    expect(refused).toThrow('profile default');
    if (key !== 'auth' && key !== 'store' && !PARSED.has(key)) return;
    expect(refused).toThrow(`profile default: ${key}`);
  });

  test.each([
    ['QWEN_DEMO_AUTH', 'magic'],
    ['OPENAI_BASE_URL', 'http://example.com'],
    ['DASHSCOPE_BASE_URL', 'nonsense://'],
    ['QWEN_DEMO_TIMEOUT', '-1'],
    ['QWEN_DEMO_MAX_RETRIES', 'x'],
    ['QWEN_DEMO_USER_AGENT', 'ä'],
    ['QWEN_DEMO_READ_ONLY_CREDENTIALS', 'maybe'],
    ['QWEN_DEMO_PROFILE', '../x'],
  ])('%s=%s', (name, value) => {
    const refused = () => settingsFor({ env: { [name]: value } });
    expect(refused).toThrow(UsageError);
    expect(refused).toThrow(name);
  });

  test('an empty value is no value', () => {
    for (const { key, flag } of CASES) {
      if (key === 'resource') continue;
      if (!PARSED.has(key)) {
        expect(() => settingsFor({ flags: { [flag]: ' ' } })).toThrow(/needs a value/);
      }
      expect(() => settingsFor({ profile: { [key]: '' } })).toThrow(/is empty/);
    }
  });

  test.each([
    [{ plan: 'coding', region: 'us' }, 'Its regions are cn, intl.'],
    [{ plan: 'token', region: 'hk' }, 'Its regions are cn, intl.'],
    [{ plan: 'gold' }, 'The plans are standard, coding, token.'],
    [{ plan: 'gold', baseUrl: 'http://127.0.0.1:1' }, 'The plans are standard, coding, token.'],
  ])('%j, with what there is', (flags, hint) => {
    expect(() => settingsFor({ flags })).toThrow(expect.objectContaining({ hint }));
  });
});
