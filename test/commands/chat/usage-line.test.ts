import { expect, test } from 'vitest';
import { usageLine } from '../../../src/commands/chat/usage-line.ts';
import { answer } from '../../helpers/scripted-chat.ts';

const timings = { headers: 100, first_token: 500, total: 2500 };

test('the speed of a streamed answer counts from its first token', () => {
  const usage = {
    prompt_tokens: 18,
    completion_tokens: 100,
    cached_tokens: 16,
    reasoning_tokens: 40,
  };
  expect(usageLine(answer('', { usage, timings }))).toBe(
    '18 prompt + 100 completion tokens (16 cached, 40 reasoning), first token 0.50 s, 50.0 tokens/s, 2.50 s in all',
  );
});

test('the speed of a buffered answer counts its whole time', () => {
  const usage = { prompt_tokens: 18, completion_tokens: 100 };
  expect(usageLine(answer('', { usage, timings, streamed: false }))).toBe(
    '18 prompt + 100 completion tokens, 40.0 tokens/s, 2.50 s in all',
  );
});

test('without usage from the server no speed is shown', () => {
  const nothing = { headers: 1, first_token: undefined, total: 10 };
  expect(usageLine(answer('', { usage: undefined, timings: nothing }))).toBe(
    'tokens not counted by the server, 0.01 s in all',
  );
});
