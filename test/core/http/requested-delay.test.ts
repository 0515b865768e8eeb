import { describe, expect, test } from 'vitest';
import { requestedDelay } from '../../../src/core/http/requested-delay.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const clock = new FakeClock();
const now = clock.now();
const wait = (headers: Record<string, string>, body = '', status = 429) =>
  requestedDelay({ status, headers }, body, clock);

test.each<[who: string, headers: Record<string, string>, body: string, ms: number | undefined]>([
  ['OpenAI', { 'x-ratelimit-reset-requests': '1s' }, '', 1000],
  [
    'OpenAI, of which a full bucket takes minutes',
    { 'x-ratelimit-reset-requests': '6m0s' },
    '',
    undefined,
  ],
  [
    'OpenAI, for the bucket that is empty',
    {
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '50s',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '120ms',
    },
    '',
    120,
  ],
  ['OpenAI in words', {}, 'Rate limit reached. Please try again in 1m2.5s. Visit', 62_500],
  ['OpenAI in words, in milliseconds', {}, 'Please try again in 20ms.', 20],
  ['Groq', { 'x-ratelimit-reset-tokens': '7.66s' }, '', 7660],
  ['Groq, whose day ends later', { 'x-ratelimit-reset-requests': '2m59.56s' }, '', undefined],
  ['Azure', { 'retry-after-ms': '1500', 'retry-after': '2' }, '', 1500],
  ['Azure in words', {}, '{"message":"Please retry after 37 seconds. Please go"}', 37_000],
  ['Azure, in seconds', { 'x-ratelimit-reset-tokens': '12' }, '', 12_000],
  [
    'Azure, which does not know',
    { 'x-ratelimit-remaining-tokens': '-1', 'x-ratelimit-reset-tokens': '0' },
    '',
    undefined,
  ],
  ['OpenRouter', { 'x-ratelimit-reset': `${now + 9000}` }, '', 9000],
  [
    'OpenRouter in its body',
    {},
    `{"error":{"code":429,"metadata":{"headers":{"X-RateLimit-Remaining":"0","X-RateLimit-Reset":"${now + 8000}"}}}}`,
    8000,
  ],
  ['a gateway, since the epoch', { 'x-ratelimit-reset': `${now / 1000 + 30}` }, '', 30_000],
  ['a gateway, in seconds', { 'x-ratelimit-reset': '30' }, '', 30_000],
  ['a gateway, as a date', { 'x-ratelimit-reset': new Date(now + 5000).toISOString() }, '', 5000],
  ['a gateway, of the past', { 'x-ratelimit-reset': `${now / 1000 - 30}` }, '', undefined],
  ['a gateway, of several limits', { 'ratelimit-reset': '30, 3600' }, '', 30_000],
  ['the draft', { ratelimit: '"minute";r=0;t=30, "day";r=9;t=3600' }, '', 30_000],
  ['older drafts', { ratelimit: 'limit=100, remaining=0, reset=17' }, '', 17_000],
  ['oldest drafts', { 'ratelimit-remaining': '0', 'ratelimit-reset': '12' }, '', 12_000],
  ['Google', {}, '{"retryDelay": "1.5s"}', 1500],
  ['the standard before the others', { 'retry-after': '3', 'ratelimit-reset': '9' }, '', 3000],
  ['nobody', {}, 'Try again in a minute', undefined],
  ['a month', {}, 'Please try again in 1 month', undefined],
  ['a count of seconds', {}, 'Retry after 10 more seconds', undefined],
  ['a count of minutes', {}, 'Please try again in 2 mins', 120_000],
  [
    'a gateway with something left',
    { 'ratelimit-remaining': '500', 'ratelimit-reset': '3400' },
    '',
    undefined,
  ],
  [
    'a gateway far above its limit',
    { 'ratelimit-remaining': '-3', 'ratelimit-reset': '30' },
    '',
    30_000,
  ],
  [
    'a gateway, of several limits with what is left',
    { 'ratelimit-remaining': '0, 50', 'ratelimit-reset': '30, 3600' },
    '',
    30_000,
  ],
  ['the draft with something left', { ratelimit: '"default";r=50;t=3000' }, '', undefined],
  [
    'nonsense',
    { 'x-ratelimit-reset-tokens': 'soon', 'x-ratelimit-reset': '-1', ratelimit: ';;' },
    '',
    undefined,
  ],
])('the wait of %s', (_, headers, body, ms) => {
  expect(wait(headers, body)).toBe(ms);
});

describe('limits are read at 429 alone', () => {
  test.each([503, 409])('not at %d', (status) => {
    expect(wait({ 'x-ratelimit-reset': '9' }, 'try again in 9s', status)).toBeUndefined();
    expect(wait({ 'retry-after': '9' }, '', status)).toBe(9000);
  });
});
