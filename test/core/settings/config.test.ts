import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import { parseConfig } from '../../../src/core/settings/config.ts';

const parse = (value: unknown) =>
  parseConfig(typeof value === 'string' ? value : JSON.stringify(value), '/c/config.json');

describe('config.json', () => {
  test('holds profiles with the settings that have flags', () => {
    const config = {
      $schema: 'https://example.com/schema.json',
      profiles: {
        default: {},
        work: {
          auth: 'api-key',
          plan: 'coding',
          timeout: 30,
          max_retries: '3',
          resource: ['a', 'b'],
        },
      },
    };
    expect(parse(config)).toEqual(config);
    expect(parse('{}')).toEqual({});
  });

  test.each([
    [{ profile: {} }, 'unknown field profile; did you mean profiles?'],
    [
      { profiles: { work: { baseurl: 'x' } } },
      'profiles.work: unknown field baseurl; did you mean base_url?',
    ],
    [
      { profiles: { work: { 'base-url': 'x' } } },
      'profiles.work: unknown field base-url; did you mean base_url?',
    ],
    [{ profiles: { work: { api_key: 'secret' } } }, 'profiles.work: unknown field api_key'],
    [{ profiles: { work: { model: 7 } } }, 'profiles.work.model: must be a string, not a number'],
    [
      { profiles: { work: { read_only_credentials: 'yes' } } },
      'profiles.work.read_only_credentials: must be true or false, not a string',
    ],
    [
      { profiles: { work: { max_retries: true } } },
      'profiles.work.max_retries: must be a string or a number, not true',
    ],
    [
      { profiles: { work: { resource: 1 } } },
      'profiles.work.resource: must be a string or an array, not a number',
    ],
    [{ profiles: { work: 'x' } }, 'profiles.work: must be an object, not a string'],
    [{ profiles: [] }, 'profiles: must be an object, not an array'],
    ['[]', 'must be an object, not an array'],
    ['null', 'must be an object, not null'],
  ])('refuses %j', (value, problem) => {
    expect(() => parse(value)).toThrow(UsageError);
    expect(() => parse(value)).toThrow(`/c/config.json: ${problem}`);
  });

  test('never repeats a value, which may be a key that was put in the wrong place', () => {
    try {
      parse({ api_key: 'sk-secret', profiles: { work: { api_key: 'sk-secret', model: 1 } } });
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify(error) + String(error)).not.toContain('sk-secret');
    }
  });

  test('names every mistake at once', () => {
    const refused = () => parse({ profil: 1, profiles: { work: { modle: 'x', plan: 1 } } });
    expect(refused).toThrow('/c/config.json holds 3 mistakes');
    expect(refused).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(/plan: must be a string[^]*modle[^]*model\?[^]*profil/),
      }),
    );
  });

  test('that is not JSON is refused with line and column', () => {
    expect(() => parse('{\n  "profiles": {\n    "work": {"model": m}\n  }\n}')).toThrow(
      '/c/config.json is not JSON: line 3, column 23',
    );
    expect(() => parse('')).toThrow('/c/config.json is not JSON: line 1, column 1');
  });

  test.each(['Work', 'a b', '../x', ''])('refuses a profile called %j', (name) => {
    expect(() => parse({ profiles: { [name]: {} } })).toThrow(/cannot be the name of a profile/);
  });
});

test('2,000 unknown keys are told in ten lines', () => {
  const keys = Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`key${at}`, at]));
  expect(() => parseConfig(JSON.stringify(keys), 'config.json')).toThrow(
    expect.objectContaining({
      message: 'config.json holds 2000 mistakes',
      hint: expect.stringMatching(/^(unknown field key\d+\n){8}\.\.\. and 1992 more$/),
    }),
  );
});
