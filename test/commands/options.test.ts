import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { type ConnectionOptions, connectionOptions } from '../../src/commands/options.ts';
import { SETTINGS } from '../../src/core/settings/definitions.ts';

function declared(): Command {
  return connectionOptions(
    new Command('qwen-demo').exitOverride().configureOutput({ outputError() {} }),
  );
}

const parse = (...args: string[]) =>
  declared().parse(args, { from: 'user' }).opts<ConnectionOptions>();

test('the parsed numbers and durations are numbers, durations in milliseconds', () => {
  expect(parse('--timeout', '2m', '--max-retries', '0')).toEqual({
    timeout: 120_000,
    maxRetries: 0,
  });
});

test('flags that are not given are absent, so that the environment and the profile count', () => {
  expect(parse()).toEqual({});
});

test('every setting of the table has a flag, except those of only some commands', () => {
  const flags = new Set(declared().options.map((option) => option.long));
  const of_some_commands = new Set([
    'model',
    'store',
    'device_endpoint',
    'token_endpoint',
    'raw_thinking',
    'max_answer',
    // Those of chat alone.
    'temperature',
    'top_p',
    'max_tokens',
    'thinking',
    'system',
    'markdown',
    'stream',
    'usage',
  ]);
  for (const key of Object.keys(SETTINGS).filter((key) => !of_some_commands.has(key))) {
    expect(flags).toContain(`--${key.replaceAll('_', '-')}`);
  }
});

describe('a flag with a value that is not allowed is refused by its name with what is allowed', () => {
  test.each<readonly [flag: string, value: string, message: string | RegExp]>([
    ['--auth', 'magic', '--auth must be oauth or api-key, not "magic"'],
    ['--auth', '', '--auth needs a value'],
    ['--plan', 'gold', '--plan must be standard, coding or token, not "gold"'],
    ['--region', 'mars', '--region must be cn, intl, us, hk, de or jp, not "mars"'],
    ...['0', '-1', 'soon', '25d', '1e9', 'NaN', '100000h', ''].map(
      (value) => ['--timeout', value, `--timeout: "${value}" is not a duration`] as const,
    ),
    ...['-1', '1.5', '100', 'many', '1e1', ''].map(
      (value) =>
        [
          '--max-retries',
          value,
          `--max-retries ${value} is not a whole number from 0 to 99`,
        ] as const,
    ),
  ])('%s=%s is refused by its name', (flag, value, message) => {
    expect(() => parse(`${flag}=${value}`)).toThrow(message);
  });
});

test.each([
  ['--auth', 'magic', 'invalid_auth'],
  ['--plan', 'gold', 'unknown_plan'],
  ['--region', 'mars', 'unknown_region'],
  ['--plan', '', 'empty_flag'],
])('%s=%s is refused with the code %s, as in a profile', (flag, value, code) => {
  expect(() => parse(`${flag}=${value}`)).toThrow(expect.objectContaining({ code }));
});
