import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { type ChatFlags, modelFlags } from '../../../src/commands/chat/flags.ts';
import { requestParameters, settingFlags } from '../../../src/commands/chat/parameters.ts';
import { chatSettings } from '../../../src/core/settings/chat-settings.ts';
import type { Profile } from '../../../src/core/settings/definitions.ts';

/** The fields of the request's body that these flags set. */
function bodyOf(...args: string[]): Readonly<Record<string, unknown>> {
  return bodyWith({}, ...args);
}

/** The same, with this profile. */
function bodyWith(recorded: Profile, ...args: string[]): Readonly<Record<string, unknown>> {
  const command = new Command('chat').exitOverride().configureOutput({ outputError: () => {} });
  modelFlags(command, (path) => path);
  const flags = command.parse(args, { from: 'user' }).opts<ChatFlags>();
  const profile = { value: 'work', source: 'default', layer: 'default', recorded } as const;
  const own = chatSettings({ flags: settingFlags(flags), env: {}, profile });
  return requestParameters(flags, own).body;
}

describe('the flags of chat', () => {
  test('set fields of the request, and no others', () => {
    expect(bodyOf()).toEqual({});
    expect(
      bodyOf(
        ...'--temperature 0 --top-p .5 --max-tokens 100 --seed 0'.split(' '),
        ...'--enable-thinking --thinking-budget 512 --stop END --stop'.split(' '),
        '\n',
      ),
    ).toEqual({
      temperature: 0,
      top_p: 0.5,
      max_tokens: 100,
      seed: 0,
      stop: ['END', '\n'],
      enable_thinking: true,
      thinking_budget: 512,
    });
  });

  test('switch thinking on, off, or on by a budget', () => {
    expect(bodyOf('--enable-thinking')).toEqual({ enable_thinking: true });
    expect(bodyOf('--no-thinking')).toEqual({ enable_thinking: false });
    expect(bodyOf('--thinking-budget', '9')).toEqual({ enable_thinking: true, thinking_budget: 9 });
  });

  test('are replaced by the same fields of --extra-body', () => {
    const extra = '{"temperature":1,"tools":[],"n":null}';
    expect(bodyOf('--temperature', '0.5', '--extra-body', extra)).toEqual({
      temperature: 1,
      tools: [],
      n: null,
    });
  });

  test('are left out where --extra-body has null, as are the fields that the program adds', () => {
    const extra = '{"stream_options":null,"max_tokens":null,"max_completion_tokens":9}';
    const body = bodyOf('--max-tokens', '5', '--temperature', '1', '--extra-body', extra);
    const added = { stream_options: { include_usage: true } };
    expect(JSON.parse(JSON.stringify({ ...added, ...body }))).toEqual({
      temperature: 1,
      max_completion_tokens: 9,
    });
  });

  test.each<[string, string[], string[]]>([
    ['--temperature', ['0', '2', '1e-1', '1.'], ['-0.1', '2.1', 'hot', '', ' 1', '0x1', 'NaN']],
    ['--top-p', ['0.01', '1'], ['0', '1.01', '1e-400', 'Infinity']],
    ['--max-tokens', ['1', '32768'], ['0', '-1', '1.5', '9007199254740993']],
    ['--seed', ['0', '2147483647'], ['-1', '0.5', '']],
    ['--thinking-budget', ['1'], ['0', 'much']],
  ])('accept numbers in the range of %s only', (flag, accepted, refused) => {
    for (const value of accepted) expect(() => bodyOf(flag, value)).not.toThrow();
    for (const value of refused) {
      expect(() => bodyOf(flag, value)).toThrow(
        expect.objectContaining({ kind: 'usage', code: 'invalid_parameter' }),
      );
    }
  });

  test.each<[string[], string]>([
    [['--temperature', '3'], '--temperature 3 is not a number from 0 to 2'],
    [['--stop', ''], '--stop must not be empty'],
    [Array.from({ length: 17 }, () => '--stop=x'), '--stop can be given 16 times at most'],
    [
      ['--no-thinking', '--enable-thinking'],
      "'--no-thinking' cannot be used with option '--enable",
    ],
    [['--no-thinking', '--thinking-budget', '1'], "'--no-thinking' cannot be used with option"],
    [['--extra-body', '{'], '--extra-body must be a JSON object'],
    [['--extra-body', '[]'], '--extra-body must be a JSON object'],
    [['--extra-body', '{"model":"x"}'], '--extra-body must not hold "model"'],
    [['--extra-body', '{"stream":true}'], '--extra-body must not hold "stream"'],
  ])('%j is refused with a message that names the flag', (args, message) => {
    expect(() => bodyOf(...args)).toThrow(message);
  });
});

describe('a profile', () => {
  test('sets the same fields, and each flag comes before it', () => {
    const profile: Profile = { temperature: 0.2, top_p: '.9', max_tokens: 50, thinking: true };
    expect(bodyWith(profile)).toEqual({
      temperature: 0.2,
      top_p: 0.9,
      max_tokens: 50,
      enable_thinking: true,
    });
    expect(
      bodyWith(profile, ...'--temperature 0 --top-p 1 --max-tokens 9 --no-thinking'.split(' ')),
    ).toEqual({ temperature: 0, top_p: 1, max_tokens: 9, enable_thinking: false });
    expect(bodyWith(profile, '--extra-body', '{"temperature":null}').temperature).toBeUndefined();
  });

  test('that forbids thinking gives way to --enable-thinking and to a budget', () => {
    expect(bodyWith({ thinking: false })).toEqual({ enable_thinking: false });
    expect(bodyWith({ thinking: false }, '--enable-thinking')).toEqual({ enable_thinking: true });
    expect(bodyWith({ thinking: false }, '--thinking-budget', '9')).toEqual({
      enable_thinking: true,
      thinking_budget: 9,
    });
    expect(bodyWith({ thinking: true }, '--thinking-budget', '9').thinking_budget).toBe(9);
  });

  test.each<[Profile, string]>([
    [{ temperature: 3 }, 'profile work: temperature 3 is not a number from 0 to 2'],
    [{ temperature: 'hot' }, 'profile work: temperature hot is not a number from 0 to 2'],
    [{ top_p: 0 }, 'profile work: top_p 0 is not a number above 0, up to 1'],
    [{ max_tokens: 1.5 }, 'profile work: max_tokens 1.5 is not a whole number from 1'],
    [{ max_tokens: '' }, 'profile work: max_tokens is empty'],
    [{ system: ' ' }, 'profile work: system is empty'],
    [{ fallback_models: ['a', ''] }, 'profile work: fallback_models has an empty name'],
  ])('with %j is refused', (profile, message) => {
    expect(() => bodyWith(profile)).toThrow(message);
  });
});
