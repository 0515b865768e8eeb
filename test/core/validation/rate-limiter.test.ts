import { describe, expect, it } from 'vitest';
import { readText, withText } from '../../../src/core/http/body.ts';
import type { HttpResponse } from '../../../src/core/http/message.ts';
import { createRateLimiter, type RateLimiter } from '../../../src/core/validation/rate-limiter.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const turn = async () => {
  for (let times = 0; times < 20; times += 1) await Promise.resolve();
};

/** A clock whose sleepers wake only when the time is moved on. */
class StillClock extends FakeClock {
  readonly #sleepers: { at: number; wake: () => void }[] = [];

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      this.#sleepers.push({ at: this.monotonic() + ms, wake: resolve });
    });
  }

  async pass(ms: number): Promise<void> {
    this.advance(ms);
    for (const { at, wake } of this.#sleepers) if (at <= this.monotonic()) wake();
    await turn();
  }
}

function setUp({ uniform = 0.5 } = {}) {
  const clock = new StillClock();
  const run = new AbortController();
  const waits: number[] = [];
  const random = { uniform: () => uniform, uuid: () => '', bytes: () => new Uint8Array() };
  const limiter = createRateLimiter({
    clock,
    random,
    signal: run.signal,
    onWait: (ms) => waits.push(ms),
  });
  const signal = new AbortController().signal;
  const entered: string[] = [];
  const enter = async (name: string, again = false, own = signal) => {
    const first = await limiter.acquire(own, again);
    entered.push(first ? `${name} first` : name);
  };
  return { clock, run, waits, limiter, signal, entered, enter };
}

const answers = (status: number, headers: Record<string, string> = {}) => {
  const response: HttpResponse = { status, headers, body: (async function* () {})(), host: 'h' };
  return async () => response;
};

const get = { method: 'GET', url: 'http://127.0.0.1/', headers: {} } as const;

const hear = (limiter: RateLimiter, status: number, headers: Record<string, string> = {}) =>
  limiter.observe(answers(status, headers))(get);

describe('before the first 429', () => {
  it('requests are not limited', async () => {
    const { enter, entered, limiter, clock } = setUp();
    await Promise.all(['a', 'b', 'c'].map((name) => enter(name)));
    expect(entered).toEqual(['a', 'b', 'c']);
    expect([limiter.closed_ms(), clock.sleeps]).toEqual([0, []]);
  });

  it('no other response starts a wait, even with Retry-After', async () => {
    const { enter, entered, limiter } = setUp();
    await hear(limiter, 200, { 'retry-after': '5' });
    await hear(limiter, 503, { 'retry-after': '5' });
    await enter('a');
    expect(entered).toEqual(['a']);
  });
});

describe('after 429 with Retry-After', () => {
  it.each([
    ['3', 3000],
    ['0.5', 500],
    [new Date(1_800_000_000_000 + 7000).toUTCString(), 7000],
  ])('%s no request is sent before that time', async (header, ms) => {
    const { enter, entered, limiter, clock, waits } = setUp();
    await enter('a');
    await hear(limiter, 429, { 'retry-after': header });
    expect(limiter.rejected()).toBe(true);
    void enter('b');
    await clock.pass(ms - 1);
    expect(entered).toEqual(['a']);
    await clock.pass(1);
    expect(entered).toEqual(['a', 'b first']);
    expect(waits).toEqual([ms]);
    expect(limiter.closed_ms()).toBe(ms);
  });

  it('and a time in its body or in headers of a rate limit, no request is sent before that', async () => {
    const { limiter, waits } = setUp();
    await hear(limiter, 429, { 'x-ratelimit-reset-tokens': '250ms' });
    expect(waits).toEqual([250]);
    const other = setUp();
    const body = '{"retryDelay":"4s"}';
    const send = async () => withText(await answers(429)(), body);
    const heard = await other.limiter.observe(send)(get);
    expect(other.waits).toEqual([4000]);
    expect(await readText(heard)).toBe(body);
  });

  it('the refused request goes first and alone, and each two successes allow one more at the same time', async () => {
    const { enter, entered, limiter, clock } = setUp();
    await enter('a');
    void hear(limiter, 429, { 'retry-after': '1' });
    await turn();
    for (const name of ['b', 'c', 'd', 'e', 'f']) void enter(name);
    limiter.rejected();
    void enter('a again', true);
    await clock.pass(1000);
    expect(entered.slice(1)).toEqual(['a again first']);
    limiter.release(true);
    await turn();
    expect(entered.slice(2)).toEqual(['b']);
    limiter.release(true);
    await turn();
    expect(entered.slice(3)).toEqual(['c', 'd']);
    limiter.release(false);
    await turn();
    expect(entered.slice(5)).toEqual(['e']);
  });

  it('several 429s at the same time cause one wait, the longest', async () => {
    const { enter, entered, limiter, clock, waits } = setUp();
    await Promise.all(['a', 'b'].map((name) => enter(name)));
    await hear(limiter, 429, { 'retry-after': '1' });
    await hear(limiter, 429, { 'retry-after': '2' });
    expect([limiter.rejected(), limiter.rejected()]).toEqual([true, true]);
    void enter('c');
    await clock.pass(1000);
    expect(entered).toEqual(['a', 'b']);
    await clock.pass(1000);
    expect(entered).toEqual(['a', 'b', 'c first']);
    expect([waits, limiter.closed_ms()]).toEqual([[1000], 2000]);
  });

  it('a wait of more than a minute fails the request and does not stop others', async () => {
    const { enter, entered, limiter } = setUp();
    await enter('a');
    await hear(limiter, 429, { 'retry-after': '3600' });
    expect(limiter.rejected()).toBe(false);
    await enter('b');
    expect(entered).toEqual(['a', 'b']);
  });
});

it('without Retry-After the waits double until a request succeeds', async () => {
  const { enter, limiter, clock, waits } = setUp();
  for (let times = 0; times < 3; times += 1) {
    const entering = enter('a', true);
    await clock.pass(10_000);
    await entering;
    expect(limiter.rejected()).toBe(true);
  }
  const entering = enter('a', true);
  await clock.pass(10_000);
  await entering;
  limiter.release(true);
  await enter('b');
  limiter.rejected();
  expect(waits).toEqual([500, 1000, 2000, 500]);
});

describe('a waiting request', () => {
  it('ends when its signal is aborted, and the next one takes its place', async () => {
    const { enter, entered, limiter, clock } = setUp();
    await enter('a');
    limiter.rejected();
    const own = new AbortController();
    const waiting = enter('b', false, own.signal);
    void enter('c');
    own.abort(new Error('too late'));
    await expect(waiting).rejects.toThrow('too late');
    await expect(enter('d', false, own.signal)).rejects.toThrow('too late');
    await clock.pass(1000);
    expect(entered).toEqual(['a', 'c first']);
  });

  it('ends when the run ends', async () => {
    const { enter, limiter, run, clock } = setUp();
    await enter('a');
    limiter.rejected();
    await clock.pass(100);
    run.abort(new Error('SIGINT'));
    await turn();
    expect(limiter.closed_ms()).toBe(100);
  });
});

describe('a server that asks for no wait', () => {
  it('pauses the run once for each refusal, and longer from refusal to refusal', async () => {
    const { limiter, clock, enter, waits } = setUp();
    for (let times = 0; times < 4; times += 1) {
      void enter('a', times > 0);
      await turn();
      await hear(limiter, 429, { 'retry-after': '0' });
      await turn();
      expect(limiter.rejected()).toBe(true);
      await clock.pass(10_000);
    }
    expect(waits).toEqual([500, 1000, 2000]);
  });

  it('is not asked to pause again for the refusals of other requests', async () => {
    const { limiter, clock, enter, waits } = setUp();
    await Promise.all(['a', 'b'].map((name) => enter(name)));
    await hear(limiter, 429, { 'retry-after': '1' });
    await hear(limiter, 429, { 'retry-after': '1' });
    await clock.pass(1000);
    expect([limiter.rejected(), limiter.rejected()]).toEqual([true, true]);
    expect(waits).toEqual([1000]);
  });
});
