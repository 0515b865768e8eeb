import { describe, expect, it } from 'vitest';
import type { Chat } from '../../../src/core/chat/answer.ts';
import { QuotaError } from '../../../src/core/errors.ts';
import type { HttpResponse, Send } from '../../../src/core/http/message.ts';
import type { ValidationEvent } from '../../../src/core/validation/run.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { answer } from '../../helpers/scripted-chat.ts';
import { candidate, candidates, summaryOf, validate } from '../../helpers/validate.ts';

const many = (count: number) => Array.from({ length: count }, (_, index) => `model-${index}`);

/** Answers after a delay, up to a number of times in each second, and with 429 beyond that. */
function limited(clock: FakeClock, per_second: number, retry_after: string | undefined) {
  const sent: { model: string; at: number; through: boolean }[] = [];
  const connect =
    (wrap: (send: Send) => Send): Chat =>
    async ({ model }) => {
      const send = wrap(async (): Promise<HttpResponse> => {
        const second = Math.floor(clock.monotonic() / 1000);
        const admitted = sent.filter(
          ({ at, through }) => through && Math.floor(at / 1000) === second,
        );
        const through = admitted.length < per_second;
        sent.push({ model, at: clock.monotonic(), through });
        const headers = retry_after === undefined ? {} : { 'retry-after': retry_after };
        return { status: through ? 200 : 429, headers, host: 'h', body: (async function* () {})() };
      });
      await Promise.resolve();
      const { status } = await send({ method: 'POST', url: 'http://127.0.0.1/', headers: {} });
      if (status === 429) throw new QuotaError('Slow down', { code: 'x', permanent: false });
      return answer('42');
    };
  return { connect, sent };
}

describe('a rate limit', () => {
  it.each([
    [1, 20, '1'],
    [2, 20, '1'],
    [5, 60, '1'],
    [3, 20, undefined],
  ])(
    'of %i in a second slows %i models down and fails none (Retry-After: %s)',
    async (per_second, count, retry_after) => {
      const clock = new FakeClock();
      const { connect, sent } = limited(clock, per_second, retry_after);
      const waits: ValidationEvent[] = [];
      const report = await validate(connect, {
        paced: true,
        clock,
        candidates: candidates(...many(count)),
        concurrency: count,
        onEvent: (event) => {
          if (event.type === 'waiting') waits.push(event);
        },
      });
      expect(summaryOf(report)).toMatchObject({ passed: count, flaky: 0 });
      expect(report.rate_limited_ms).toBeGreaterThan(0);
      expect(waits.length).toBeGreaterThan(0);
      // Most of what is sent gets through once the pace is known.
      expect(sent.length).toBeLessThan(count * 3);
    },
  );

  it('that never ends is the verdict quota after five refusals of a request that was alone', async () => {
    const clock = new FakeClock();
    const { connect, sent } = limited(clock, 0, '2');
    const report = await validate(connect, { paced: true, clock, candidates: candidates('a') });
    expect(report.models[0]).toMatchObject({ verdict: 'quota', reason: 'Slow down' });
    expect(sent).toHaveLength(6);
  });

  it('of one model does not fail the others', async () => {
    const clock = new FakeClock();
    const none = limited(clock, 0, '1');
    const connect = (wrap: (send: Send) => Send): Chat => {
      const chat = none.connect(wrap);
      return async (request, options) =>
        request.model === 'limited' ? chat(request, options) : answer('42');
    };
    const report = await validate(connect, {
      paced: true,
      clock,
      candidates: candidates('limited', ...many(10)),
    });
    expect(summaryOf(report)).toMatchObject({ passed: 10, failed: 1 });
    expect(report.models[0]?.verdict).toBe('quota');
  });

  it('of more than a minute is not waited for', async () => {
    const clock = new FakeClock();
    const { connect, sent } = limited(clock, 0, '3600');
    const report = await validate(connect, { paced: true, clock });
    expect(report.models.map(({ verdict }) => verdict)).toEqual(Array(4).fill('quota'));
    expect([sent.length, clock.sleeps]).toEqual([4, []]);
  });

  it('does not use up the time of a model', async () => {
    const clock = new FakeClock();
    const { connect } = limited(clock, 1, '50');
    const report = await validate(connect, {
      paced: true,
      clock,
      candidates: many(3).map((model) => candidate(model, { limits: { timeout: 1000 } })),
    });
    expect(summaryOf(report).passed).toBe(3);
  });
});

it('an exhausted quota is not waited for', async () => {
  let asked = 0;
  const clock = new FakeClock();
  const chat: Chat = async () => {
    asked += 1;
    throw new QuotaError('All gone', { code: 'insufficient_quota', permanent: true });
  };
  const report = await validate(chat, { clock, candidates: candidates('a') });
  expect(report.models[0]?.verdict).toBe('quota');
  expect([asked, clock.sleeps]).toEqual([1, []]);
});
