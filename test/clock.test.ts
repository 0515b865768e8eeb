import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../src/clock.ts';

describe('a delay that is too long for a timer', () => {
  test.each([2 ** 31, 2 ** 32, 1e308, Number.POSITIVE_INFINITY])(
    '%d ms is not 1 ms',
    async (ms) => {
      const controller = new AbortController();
      const sleeping = systemClock.sleep(ms, controller.signal);
      const bound = systemClock.timeout(ms);
      await systemClock.sleep(20);
      expect(bound.aborted).toBe(false);
      controller.abort(new Error('still asleep'));
      await expect(sleeping).rejects.toThrow('still asleep');
    },
  );
});

test('a time-out that only a signal of several holds is not collected as garbage', async () => {
  const signal = AbortSignal.any([new AbortController().signal, systemClock.timeout(50)]);
  const ended = once(signal, 'abort');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let time = 0; time < 5; time += 1) {
    collect();
    await systemClock.sleep(5);
  }
  await ended;
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
});

test.each([-1, -1e308, Number.NaN, 0.5])('a delay of %d ms ends', async (ms) => {
  await systemClock.sleep(ms);
  const bound = systemClock.timeout(ms);
  await systemClock.sleep(20);
  expect(bound.aborted).toBe(true);
});
