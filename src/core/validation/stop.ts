import type { Clock } from '../ports.ts';
import type { StopCause } from './report.ts';

/** The end of a run before its time. */
export interface Stop {
  /** Aborted when nothing more is to be asked and nobody is to wait for what was. */
  readonly signal: AbortSignal;
  readonly cause: StopCause | undefined;
  /** The first cause holds. */
  end(cause: Exclude<StopCause, 'signal' | 'deadline'>): void;
  /** Ends the run with what is neither a result nor a wish: an error to be thrown. */
  breakOff(error: unknown): void;
}

/** @param deadline for the whole run, in milliseconds */
export function createStop(clock: Clock, signal: AbortSignal, deadline: number | undefined): Stop {
  const controller = new AbortController();
  let cause: StopCause | undefined;
  const end = (by: StopCause, reason: unknown) => {
    if (controller.signal.aborted) return;
    cause = by;
    controller.abort(reason);
  };
  const follow = (other: AbortSignal, by: StopCause) => {
    if (other.aborted) end(by, other.reason);
    else other.addEventListener('abort', () => end(by, other.reason), { once: true });
  };
  follow(signal, 'signal');
  if (deadline !== undefined) follow(clock.timeout(deadline), 'deadline');
  return {
    signal: controller.signal,
    get cause() {
      return cause;
    },
    end: (by) => end(by, new Error(`Ended: ${by}`)),
    breakOff: (error) => controller.abort(error),
  };
}
