import { describe, expect, it } from 'vitest';
import type { Chat, ChatAnswer } from '../../../src/core/chat/answer.ts';
import { ApiError, NetworkError, ProtocolError } from '../../../src/core/errors.ts';
import type { Limits } from '../../../src/core/validation/plan.ts';
import type { ModelReport, ProbeName } from '../../../src/core/validation/report.ts';
import type { ValidationOptions } from '../../../src/core/validation/run.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { answer } from '../../helpers/scripted-chat.ts';
import { bound, candidate, candidates, validate } from '../../helpers/validate.ts';

type Turn = ChatAnswer | Error | string;

/** What one model is found to be like that does these things one after another. */
async function find(
  turns: readonly Turn[],
  limits: Partial<Limits> = {},
  more: Partial<ValidationOptions> & { probe?: ProbeName } = {},
): Promise<{ model: ModelReport; asked: number; sleeps: number[] }> {
  const { probe = 'chat', ...options } = more;
  const clock = new FakeClock();
  let asked = 0;
  const chat: Chat = async () => {
    const turn = turns[asked] ?? 'nothing more was to be asked';
    asked += 1;
    clock.advance(typeof turn === 'object' && 'timings' in turn ? turn.timings.total : 100);
    if (turn instanceof Error) throw turn;
    return typeof turn === 'string' ? answer(turn) : turn;
  };
  const candidates = [candidate('a', { limits, claims: [probe] })];
  const report = await validate(chat, { clock, candidates, concurrency: 1, ...options });
  return { model: report.models[0]!, asked, sleeps: clock.sleeps };
}

const busy = new ApiError('Service busy', { code: 'server_error', status: 503 });
const reset = new NetworkError('closed', { code: 'connection_reset' });
const truncated = new ProtocolError('broke off', { code: 'truncated_stream' });
const bad = new ApiError('No such parameter', { code: 'bad_request', status: 400 });
const taking = (total: number, first_token = total / 2) =>
  answer('42', { timings: { headers: 1, first_token, total } });

describe('a transient failure', () => {
  it.each([busy, reset])(
    'is tried again after a growing wait, and shown as flaky',
    async (error) => {
      const { model, sleeps } = await find([error, error, '42'], {}, { max_retries: 2 });
      expect(model).toMatchObject({ verdict: 'pass', flaky: true });
      expect(model.probes[0]).toMatchObject({ attempts: 3, flaky: true });
      expect(sleeps).toEqual([500, 1000]);
    },
  );

  it('is the verdict error when every retry fails', async () => {
    const { model, asked } = await find([busy, busy, busy], {}, { max_retries: 2 });
    expect(model).toMatchObject({ verdict: 'error', reason: 'Service busy', flaky: false });
    expect(asked).toBe(3);
  });

  it('is not part of the latency', async () => {
    const { model } = await find([busy, taking(300)], {}, { max_retries: 2 });
    expect(model).toMatchObject({ latency_ms: 300, first_token_ms: 150, duration_ms: 900 });
  });
});

describe('a probe that does not pass', () => {
  it.each([['41'], [truncated], [reset]])(
    'a probe that ends with %s is repeated with --retries',
    async (turn) => {
      const { model, asked } = await find([turn, '42'], { retries: 2 });
      expect(model).toMatchObject({ verdict: 'pass', flaky: true, reason: undefined });
      expect([asked, model.probes[0]?.attempts]).toEqual([2, 2]);
      // Why it is flaky, for the reports.
      expect(model.probes[0]?.reason).toMatch(/\S/);
    },
  );

  it('fails with the last reason after the last retry', async () => {
    const { model, asked } = await find(['39', '40', '41'], { retries: 2 });
    expect(model).toMatchObject({ verdict: 'fail', flaky: false });
    expect(model.reason).toMatch(/^Answered "41"/);
    expect(asked).toBe(3);
  });

  it('is not repeated without --retries', async () => {
    expect((await find(['41', '42'])).model.verdict).toBe('fail');
  });

  it('is not repeated when the server refuses the model or the request', async () => {
    const missing = new ApiError('No such model', { code: 'model_not_found', status: 404 });
    for (const error of [missing, bad]) {
      const { asked } = await find([error, '42'], { retries: 2 });
      expect(asked).toBe(1);
    }
  });
});

describe('a claimed ability that the server refuses', () => {
  it('is the verdict unsupported', async () => {
    const { model } = await find([bad], {}, { probe: 'tools' });
    expect(model).toMatchObject({ verdict: 'unsupported', reason: 'No such parameter' });
  });

  it('is the verdict error when the chat probe fails too', async () => {
    expect((await find([bad])).model.verdict).toBe('error');
  });

  it('is the verdict unavailable when the model does not exist', async () => {
    const error = new ApiError('No such model', { code: 'model_not_found', status: 400 });
    expect((await find([error], {}, { probe: 'tools' })).model.verdict).toBe('unavailable');
  });
});

describe('a probe with --repeat', () => {
  it('reports median and spread', async () => {
    const turns = [taking(300, 200), taking(100, 20), taking(200, 40)];
    const { model } = await find(turns, {}, { repeat: 3 });
    expect(model).toMatchObject({ verdict: 'pass', latency_ms: 200, first_token_ms: 40 });
    expect(model.probes[0]?.repeats).toEqual({
      count: 3,
      passed: 3,
      latency_ms: { min: 100, median: 200, max: 300 },
      first_token_ms: { min: 20, median: 40, max: 200 },
      tokens_per_second: undefined,
    });
  });

  it('passes only when every run passes, and counts the passes', async () => {
    const { model, asked } = await find(['42', '41', '42'], {}, { repeat: 3 });
    expect(model.verdict).toBe('fail');
    expect(model.reason).toMatch(/^Passed 2 of 3: Answered "41"/);
    expect(asked).toBe(3);
  });

  it('ends when a run gets no answer', async () => {
    const { model, asked } = await find(['42', truncated], {}, { repeat: 5 });
    expect(model.probes[0]).toMatchObject({ verdict: 'error', repeats: { count: 5, passed: 1 } });
    expect(asked).toBe(2);
  });
});

it('the first token of an answer is the first delta, also of a function call', async () => {
  const clock = new FakeClock();
  const chat: Chat = async (_, { onDelta } = {}) => {
    clock.advance(70);
    await onDelta?.({ type: 'tool_call', index: 0, name: 'f', arguments: '' });
    clock.advance(30);
    await onDelta?.({ type: 'tool_call', index: 0, arguments: '{}' });
    const timings = { headers: 1, first_token: undefined, total: 100 };
    return answer('', { tool_calls: [{ id: '1', name: 'f', arguments: '{}' }], timings });
  };
  const report = await validate(chat, { clock, candidates: candidates('a') });
  expect(report.models[0]).toMatchObject({ first_token_ms: 70, latency_ms: 100 });
});

describe('limits', () => {
  it.each<[Partial<Limits>, string | undefined]>([
    [{ max_ttft: bound(400) }, undefined],
    [{ max_ttft: bound(399) }, 'chat: the first token came after 400 ms (limit: at most 399 ms)'],
    [{ max_latency: bound(1000) }, undefined],
    [{ max_latency: bound(999) }, 'chat: the answer took 1000 ms (limit: at most 999 ms)'],
    [{ min_tokens_per_second: bound(100) }, undefined],
    [
      { min_tokens_per_second: bound(100.5) },
      'chat: it wrote 100 tokens/s (limit: at least 100.5 tokens/s)',
    ],
  ])('an answer after 1000 ms under the limits %j fails with: %s', async (limits, reason) => {
    const usage = { prompt_tokens: 1, completion_tokens: 60 };
    const timings = { headers: 1, first_token: 400, total: 1000 };
    const { model } = await find([answer('42', { usage, timings, chunks: 60 })], limits);
    expect(model).toMatchObject({ verdict: reason === undefined ? 'pass' : 'fail', reason });
    expect(model.broken_limits).toHaveLength(reason === undefined ? 0 : 1);
  });

  it('a limit does not fail an answer whose speed cannot be measured, but that is said', async () => {
    const { model } = await find(['42'], { min_tokens_per_second: bound(1) });
    expect(model).toMatchObject({ verdict: 'pass', broken_limits: [] });
    expect(model.unmeasured_limits).toEqual([{ limit: 'min_tokens_per_second', probe: undefined }]);
  });

  it('limits are compared with the median', async () => {
    const turns = [taking(100), taking(900), taking(200)];
    const { model } = await find(turns, { max_latency: bound(200) }, { repeat: 3 });
    expect(model.verdict).toBe('pass');
  });

  it('limits are ignored without an answer', async () => {
    const { model } = await find([truncated], { max_latency: bound(1) });
    expect(model).toMatchObject({ verdict: 'error', broken_limits: [] });
  });
});
