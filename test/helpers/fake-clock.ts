import { systemClock } from '../../src/clock.ts';
import type { Clock } from '../../src/core/ports.ts';

/**
 * A clock that moves only when a test or the program sleeps. Every sleep is recorded in milliseconds, moves
 * the time forward by as much and resolves at once.
 */
export class FakeClock implements Clock {
  readonly sleeps: number[] = [];
  #now: number;

  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  /** Moves the time without a sleep. */
  advance(ms: number): void {
    this.#now += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(ms);
    this.#now += ms;
    await Promise.resolve();
    signal?.throwIfAborted();
  }

  /** Real time: a bounded wait in a test is a real safety net, not a subject. */
  timeout(ms: number): AbortSignal {
    return systemClock.timeout(ms);
  }

  parseDate(text: string): number {
    return Date.parse(text);
  }
}
