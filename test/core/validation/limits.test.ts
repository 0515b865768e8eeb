import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import {
  type Bound,
  describeBroken,
  judgeLimits,
  parseBound,
  VALUE_OF,
} from '../../../src/core/validation/limits.ts';
import type { Figures, ProbeName } from '../../../src/core/validation/report.ts';

const parse = (text: string) => parseBound(text, '--max-ttft', VALUE_OF.max_ttft);

describe('a limit', () => {
  it.each<[string, Partial<Bound>]>([
    ['2s', {}],
    ['2', {}],
    ['2000ms', {}],
    ['median=2s', {}],
    ['p95=2s', { statistic: 'p95' }],
    ['P99=2s', { statistic: 'p99' }],
    ['chat:2s', { probe: 'chat' }],
    ['chat=2s', { probe: 'chat' }],
    ['max-tokens:p95=2s', { probe: 'max-tokens', statistic: 'p95' }],
    ['p95:tools=2s', { probe: 'tools', statistic: 'p95' }],
    [' chat : p95 = 2s ', { probe: 'chat', statistic: 'p95' }],
  ])('is written %j', (text, more) => {
    expect(parse(text)).toEqual({ probe: undefined, statistic: 'median', allowed: 2000, ...more });
  });

  it.each([
    '',
    'p95',
    'p95=',
    'p90=2s',
    'fly:2s',
    'p95=p99=2s',
    'chat:tools:2s',
    'chat',
    '=2s',
    '0',
  ])('is not %j', (text) => {
    expect(() => parse(text)).toThrow(UsageError);
  });

  it('of the speed is a number', () => {
    const rate = (text: string) => parseBound(text, '--min', VALUE_OF.min_tokens_per_second);
    expect(rate('stream:p95=20.5')).toEqual({ probe: 'stream', statistic: 'p95', allowed: 20.5 });
    for (const text of ['20s', '0', 'fast', 'p95=-1']) expect(() => rate(text)).toThrow(UsageError);
  });
});

const answer = (latency_ms: number, more: Partial<Figures> = {}): Figures => ({
  latency_ms,
  first_token_ms: undefined,
  tokens_per_second: undefined,
  ...more,
});
const probe = (name: ProbeName, ...latencies: number[]) => ({
  probe: name,
  answers: latencies.map((ms) => answer(ms)),
});
const broken = (bounds: string[], ...measured: ReturnType<typeof probe>[]) =>
  judgeLimits(measured, { max_latency: bounds.map(parse) }).broken.map(describeBroken);

describe('the limits of a model', () => {
  it('hold for every probe', () => {
    expect(broken(['2s'], probe('chat', 1000), probe('tools', 2001), probe('json', 3000))).toEqual([
      'tools: the answer took 2001 ms (limit: at most 2000 ms)',
      'json: the answer took 3000 ms (limit: at most 2000 ms)',
    ]);
  });

  it('of one probe take the place of those of every probe', () => {
    const measured = [probe('chat', 1500), probe('tools', 2500)];
    expect(broken(['tools:1s'], ...measured)).toEqual([expect.stringContaining('tools: ')]);
    expect(broken(['2s', 'tools:3s'], ...measured)).toEqual([]);
    expect(broken(['tools:3s', '2s'], ...measured)).toEqual([]);
    expect(broken(['3s', 'chat:1s'], ...measured)).toEqual([expect.stringContaining('chat: ')]);
  });

  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  it.each([
    ['median=50ms', 'chat: the answer took 50.5 ms (limit: at most 50 ms)'],
    ['median=51ms', undefined],
    ['p95=94ms', 'chat: the answer took 95 ms (p95; limit: at most 94 ms)'],
    ['p95=95ms', undefined],
    ['p99=98ms', 'chat: the answer took 99 ms (p99; limit: at most 98 ms)'],
    ['p99=99ms', undefined],
  ])('are compared with the statistic: %s of 1 to 100 ms', (text, expected) => {
    expect(broken([text], probe('chat', ...hundred))).toEqual(expected ? [expected] : []);
  });

  it('of several statistics hold together', () => {
    expect(broken(['60ms', 'p95=90ms'], probe('chat', ...hundred))).toHaveLength(1);
  });

  it('of the speed look at the slowest 5 % for p95', () => {
    const answers = hundred.map((tokens_per_second) => answer(1, { tokens_per_second }));
    const found = (allowed: number) =>
      judgeLimits([{ probe: 'stream', answers }], {
        min_tokens_per_second: [{ probe: undefined, statistic: 'p95', allowed }],
      }).broken;
    expect(found(6)).toEqual([]);
    expect(found(7).map(describeBroken)).toEqual([
      'stream: it wrote 6 tokens/s (p95; limit: at least 7 tokens/s)',
    ]);
  });

  it('are not broken by what was not measured, which is said where it was asked for', () => {
    const first = { probe: 'chat' as const, answers: [answer(9, { first_token_ms: 3 })] };
    const found = (bounds: string[], ...measured: (typeof first)[]) =>
      judgeLimits(measured, { max_ttft: bounds.map(parse) }).unmeasured;
    const tools = { probe: 'tools' as const, answers: [answer(9)] } as unknown as typeof first;
    expect(found(['1s'], first, tools)).toEqual([]);
    expect(found(['1s'], tools)).toEqual([{ limit: 'max_ttft', probe: undefined }]);
    expect(found(['tools:1s'], first, tools)).toEqual([{ limit: 'max_ttft', probe: 'tools' }]);
    expect(found(['vision:1s'], first)).toEqual([]);
  });
});
