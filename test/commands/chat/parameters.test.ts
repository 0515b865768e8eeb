import { describe, expect, test } from 'vitest';
import { type ParameterFlags, parametersOf } from '../../../src/commands/chat/parameters.ts';

describe('the flags of a chat', () => {
  test('become fields of the request, and nothing else does', () => {
    expect(parametersOf({})).toEqual({});
    expect(
      parametersOf({
        temperature: '0',
        topP: '.5',
        maxTokens: '100',
        seed: '0',
        stop: ['END', '\n'],
        enableThinking: true,
        thinkingBudget: '512',
      }),
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

  test('switch thinking on, off, or on by its budget', () => {
    expect(parametersOf({ enableThinking: true, thinking: true })).toEqual({
      enable_thinking: true,
    });
    expect(parametersOf({ thinking: false })).toEqual({ enable_thinking: false });
    expect(parametersOf({ thinkingBudget: '9' })).toEqual({
      enable_thinking: true,
      thinking_budget: 9,
    });
  });

  test('give --extra-body the last word', () => {
    const extraBody = '{"temperature":1,"tools":[],"n":null}';
    expect(parametersOf({ temperature: '0.5', extraBody })).toEqual({
      temperature: 1,
      tools: [],
      n: null,
    });
  });

  test.each<[keyof ParameterFlags, string[], string[]]>([
    ['temperature', ['0', '2', '1e-1', '1.'], ['-0.1', '2.1', 'hot', '', ' 1', '0x1', 'NaN']],
    ['topP', ['0.01', '1'], ['0', '1.01', '1e-400', 'Infinity']],
    ['maxTokens', ['1', '32768'], ['0', '-1', '1.5', '9007199254740993']],
    ['seed', ['0', '2147483647'], ['-1', '0.5', '']],
    ['thinkingBudget', ['1'], ['0', 'much']],
  ])('hold %s to its range', (name, good, bad) => {
    for (const value of good) expect(() => parametersOf({ [name]: value })).not.toThrow();
    for (const value of bad) {
      expect(() => parametersOf({ [name]: value })).toThrow(
        expect.objectContaining({ kind: 'usage', code: 'invalid_parameter' }),
      );
    }
  });

  test.each<[ParameterFlags, string]>([
    [{ temperature: '3' }, '--temperature must be a number from 0 to 2, not "3"'],
    [{ stop: [''] }, '--stop must not be empty'],
    [{ stop: Array.from({ length: 17 }, () => 'x') }, '--stop can be given 16 times at most'],
    [{ thinking: false, enableThinking: true }, '--no-thinking and --enable-thinking contradict'],
    [{ thinking: false, thinkingBudget: '1' }, '--no-thinking and --thinking-budget contradict'],
    [{ extraBody: '{' }, '--extra-body must be a JSON object'],
    [{ extraBody: '[]' }, '--extra-body must be a JSON object'],
    [{ extraBody: '{"model":"x"}' }, '--extra-body must not hold "model"'],
    [{ extraBody: '{"stream":true}' }, '--extra-body must not hold "stream"'],
  ])('are refused in words: %o', (flags, words) => {
    expect(() => parametersOf(flags)).toThrow(words);
  });
});
