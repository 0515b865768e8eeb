import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from './core/ports.ts';

/**
 * The longest delay of a timer in Node, in milliseconds: just under 25 days. Node shortens a longer
 * or infinite delay to 1 ms, and `AbortSignal.timeout` throws above 2^32 - 1.
 */
const LONGEST_DELAY = 2 ** 31 - 1;

/** A delay that Node accepts. Node 20 accepts only whole milliseconds. */
function delayOf(ms: number): number {
  return Math.ceil(Math.min(Math.max(ms, 0), LONGEST_DELAY)) || 0;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    delay(delayOf(ms), undefined, signal && { signal }).catch((error: unknown) => {
      throw signal?.aborted ? signal.reason : error;
    }),
  timeout(ms) {
    // Node 20 collects `AbortSignal.timeout` as garbage when only `AbortSignal.any` holds it.
    const controller = new AbortController();
    const end = () => controller.abort(new DOMException('The time is over', 'TimeoutError'));
    setTimeout(end, delayOf(ms)).unref();
    return controller.signal;
  },
  parseDate: (text) => Date.parse(text),
};
