import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/core/errors.ts';
import type { ValidationReport } from '../../../src/core/validation/report.ts';
import { answer, scriptedChat, silence } from '../../helpers/scripted-chat.ts';
import { candidate, summaryOf, validate } from '../../helpers/validate.ts';

const ends = ({ models }: ValidationReport) =>
  models.map(({ verdict, reason }) => [verdict, reason]);

describe('an interrupted run', () => {
  it('reports the finished models and skips the others', async () => {
    const controller = new AbortController();
    const report = await validate(scriptedChat({ b: silence }), {
      concurrency: 2,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'finished') controller.abort(new Error('SIGINT'));
      },
    });
    expect([report.interrupted, report.stopped_by]).toEqual([true, 'signal']);
    expect(ends(report)).toEqual([
      ['pass', undefined],
      ['skipped', 'Interrupted'],
      ['skipped', 'Not asked'],
      ['skipped', 'Not asked'],
    ]);
    expect(summaryOf(report)).toMatchObject({
      passed: 1,
      failed: 0,
      skipped: 3,
      required_skipped: 3,
    });
  });

  it('is not interrupted when every model had finished', async () => {
    const controller = new AbortController();
    const missing = new ApiError('No such model', { code: 'x', status: 404 });
    const report = await validate(() => Promise.reject(missing), {
      candidates: [candidate('a', { claims: ['chat', 'stream'] })],
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'finished') controller.abort(new Error('SIGINT'));
      },
    });
    expect([report.interrupted, report.stopped_by]).toEqual([false, undefined]);
  });
});

it('at the deadline a model without an answer is a timeout and the others are skipped', async () => {
  const held = await validate(scriptedChat({ b: silence }), { concurrency: 1, deadline: 500 });
  expect([held.interrupted, held.stopped_by]).toEqual([false, 'deadline']);
  expect(ends(held)).toEqual([
    ['pass', undefined],
    ['timeout', 'No complete answer before the deadline of the run'],
    ['skipped', 'Not asked: the deadline of the run had passed'],
    ['skipped', 'Not asked: the deadline of the run had passed'],
  ]);
});

it('the first cause that ends a run is the reported one', async () => {
  const controller = new AbortController();
  const report = await validate(scriptedChat({ a: () => answer('41'), b: silence }), {
    concurrency: 2,
    fail_fast: true,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'finished') queueMicrotask(() => controller.abort(new Error('SIGINT')));
    },
  });
  expect([report.interrupted, report.stopped_by]).toEqual([false, 'fail_fast']);
});

describe('fail-fast', () => {
  it('ends the run with the first required model that fails', async () => {
    const report = await validate(scriptedChat({ b: () => answer('41'), c: silence }), {
      concurrency: 2,
      fail_fast: true,
    });
    expect(report.stopped_by).toBe('fail_fast');
    expect(report.models.map(({ verdict }) => verdict)).toEqual([
      'pass',
      'fail',
      'skipped',
      'skipped',
    ]);
    expect(report.models[3]?.reason).toBe('Not asked: a required model had failed');
  });

  it('does not end the run when an optional model fails', async () => {
    const report = await validate(scriptedChat({ a: () => answer('41') }), {
      candidates: [candidate('a', { required: false }), candidate('b')],
      concurrency: 1,
      fail_fast: true,
    });
    expect(report.models.map(({ verdict }) => verdict)).toEqual(['fail', 'pass']);
  });
});

describe('a token budget', () => {
  const usage = { prompt_tokens: 90, completion_tokens: 10, total_tokens: 100 };

  it.each([1, 4])(
    'ends the run before it spends more, with concurrency %i',
    async (concurrency) => {
      const report = await validate(async () => answer('42', { usage }), {
        concurrency,
        max_tokens_spent: 250,
      });
      expect(report.stopped_by).toBe('tokens');
      expect(report.tokens).toEqual({ prompt_tokens: 180, completion_tokens: 20 });
      expect(report.models.map(({ verdict }) => verdict)).toEqual([
        'pass',
        'pass',
        'skipped',
        'skipped',
      ]);
      expect(report.models[3]?.reason).toBe('Not asked: no tokens are left to spend');
      expect(summaryOf(report).required_skipped).toBe(2);
    },
  );

  it('that is large enough does not limit the run', async () => {
    const report = await validate(async () => answer('42', { usage }), { max_tokens_spent: 400 });
    expect(summaryOf(report).passed).toBe(4);
  });
});
