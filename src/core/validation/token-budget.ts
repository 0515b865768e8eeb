import type { ProbeName } from './report.ts';

/** The remaining tokens do not suffice for a request. */
export class OutOfTokens extends Error {}

/** Records what a request cost, in tokens; without a number the expected cost counts. */
export type Settle = (tokens?: number) => void;

/** The tokens that a run may spend. */
export interface TokenBudget {
  /**
   * Waits until the budget covers a request. A request is expected to cost as much as the most
   * expensive one of the same probe so far. The first request of a probe runs alone, because its cost
   * is not known yet.
   * @param least the minimum cost in tokens
   * @throws OutOfTokens when the rest does not suffice and no request is in flight; the signal's
   *   reason
   */
  reserve(kind: ProbeName, least: number, signal: AbortSignal): Promise<Settle>;
}

/** @param limit in tokens; undefined for no limit */
export function createTokenBudget(limit: number | undefined): TokenBudget {
  const prices = new Map<ProbeName, number>();
  const in_flight = new Set<{ tokens: number; known: boolean }>();
  const waiting = new Set<() => void>();
  let spent = 0;

  const reserved = () => [...in_flight].reduce((sum, { tokens }) => sum + tokens, 0);
  const isAlone = (known: boolean) => known || in_flight.size === 0;
  const nothingUnknown = () => [...in_flight].every(({ known }) => known);

  return {
    async reserve(kind, least, signal) {
      if (limit === undefined) return () => {};
      for (;;) {
        signal.throwIfAborted();
        const price = prices.get(kind);
        const known = price !== undefined;
        const tokens = Math.max(price ?? 0, least);
        const fits = spent + reserved() + tokens <= limit;
        if (fits && isAlone(known) && nothingUnknown()) {
          const request = { tokens, known };
          in_flight.add(request);
          return (actual = tokens) => {
            if (!in_flight.delete(request)) return;
            spent += actual;
            if (actual > 0) prices.set(kind, Math.max(actual, prices.get(kind) ?? 0));
            for (const wake of waiting) wake();
          };
        }
        if (in_flight.size === 0) throw new OutOfTokens();
        await change(waiting, signal);
      }
    },
  };
}

/** Resolves when the cost of a request in flight is recorded. */
function change(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      waiting.delete(wake);
      signal.removeEventListener('abort', abort);
    };
    const wake = () => {
      done();
      resolve();
    };
    const abort = () => {
      done();
      reject(signal.reason as Error);
    };
    waiting.add(wake);
    signal.addEventListener('abort', abort, { once: true });
  });
}
