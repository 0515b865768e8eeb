import { describe, expect, it } from 'vitest';
import { createDeadline } from '../../../src/core/validation/cancellation.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

/** Limits that are up when the test says so. */
class HandClock extends FakeClock {
  readonly limits: { ms: number; fire: () => void }[] = [];

  override timeout(ms: number): AbortSignal {
    const controller = new AbortController();
    const fire = () => controller.abort(new DOMException('The time is up', 'TimeoutError'));
    this.limits.push({ ms, fire });
    return controller.signal;
  }
}

function setUp() {
  const clock = new HandClock();
  const bound = createDeadline(clock, 1000);
  const spans = () => clock.limits.map(({ ms }) => ms);
  const fire = () => clock.limits.at(-1)?.fire();
  /** Pauses the deadline for as long as the test says. */
  const wait = () => {
    let end: (value?: unknown) => void = () => {};
    const waiting = bound.pauseFor(new Promise((resolve) => (end = resolve)));
    return async (ms: number) => {
      clock.advance(ms);
      end();
      await waiting;
    };
  };
  return { bound, spans, fire, wait };
}

it('a deadline aborts its signal when its time is over', () => {
  const { bound, spans, fire } = setUp();
  expect(spans()).toEqual([1000]);
  fire();
  expect(bound.signal.aborted).toBe(true);
  expect(bound.signal.reason).toHaveProperty('name', 'TimeoutError');
});

describe('pauses for other requests extend a deadline', () => {
  it('once, by the sum of their lengths', async () => {
    const { bound, spans, fire, wait } = setUp();
    await wait()(300);
    await wait()(200);
    fire();
    expect([bound.signal.aborted, spans()]).toEqual([false, [1000, 500]]);
    fire();
    expect(bound.signal.aborted).toBe(true);
  });

  it('in whole milliseconds, although the clock counts fractions', async () => {
    const { bound, spans, fire, wait } = setUp();
    await wait()(0.25);
    fire();
    expect(spans()).toEqual([1000, 1]);
    await wait()(0.5);
    fire();
    expect([bound.signal.aborted, spans()]).toEqual([true, [1000, 1]]);
  });

  it('when they end, if its time is over during a pause', async () => {
    const { bound, spans, fire, wait } = setUp();
    const end = wait();
    fire();
    expect([bound.signal.aborted, spans()]).toEqual([false, [1000]]);
    await end(400);
    expect([bound.signal.aborted, spans()]).toEqual([false, [1000, 400]]);
    fire();
    expect(bound.signal.aborted).toBe(true);
  });
});
