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
  const deadline = createDeadline(clock, 1000);
  const spans = () => clock.limits.map(({ ms }) => ms);
  const fire = () => clock.limits.at(-1)?.fire();
  /** Pauses the deadline for as long as the test says. */
  const wait = () => {
    let end: (value?: unknown) => void = () => {};
    const waiting = deadline.pauseFor(new Promise((resolve) => (end = resolve)));
    return async (ms: number) => {
      clock.advance(ms);
      end();
      await waiting;
    };
  };
  return { deadline, spans, fire, wait };
}

it('a deadline aborts its signal when its time is over', () => {
  const { deadline, spans, fire } = setUp();
  expect(spans()).toEqual([1000]);
  fire();
  expect(deadline.signal.aborted).toBe(true);
  expect(deadline.signal.reason).toHaveProperty('name', 'TimeoutError');
});

describe('pauses for other requests', () => {
  it('pauses extend a deadline once, by the sum of their lengths', async () => {
    const { deadline, spans, fire, wait } = setUp();
    await wait()(300);
    await wait()(200);
    fire();
    expect([deadline.signal.aborted, spans()]).toEqual([false, [1000, 500]]);
    fire();
    expect(deadline.signal.aborted).toBe(true);
  });

  it('pauses extend a deadline in whole milliseconds, although the clock counts fractions', async () => {
    const { deadline, spans, fire, wait } = setUp();
    await wait()(0.25);
    fire();
    expect(spans()).toEqual([1000, 1]);
    await wait()(0.5);
    fire();
    expect([deadline.signal.aborted, spans()]).toEqual([true, [1000, 1]]);
  });

  it('do not pause the clock while another attempt of the model goes on', async () => {
    const { deadline, spans, fire, wait } = setUp();
    let finish = () => {};
    const other = deadline.during(() => new Promise<void>((resolve) => (finish = resolve)));
    await deadline.during(() => wait()(300));
    finish();
    await other;
    fire();
    expect([deadline.signal.aborted, spans()]).toEqual([true, [1000]]);
  });

  it('a pause during which the time is over extends the deadline when it ends', async () => {
    const { deadline, spans, fire, wait } = setUp();
    const end = wait();
    fire();
    expect([deadline.signal.aborted, spans()]).toEqual([false, [1000]]);
    await end(400);
    expect([deadline.signal.aborted, spans()]).toEqual([false, [1000, 400]]);
    fire();
    expect(deadline.signal.aborted).toBe(true);
  });
});
