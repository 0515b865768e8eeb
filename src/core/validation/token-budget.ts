import type { ProbeName } from './report.ts';

/** Thrown to whoever wants to spend more than is left. */
export class OutOfTokens extends Error {}

/** Tells what a request did cost, or nothing when nobody knows: then what was expected counts. */
export type Settle = (tokens?: number) => void;

/** The tokens that a run may spend. */
export interface TokenBudget {
  /**
   * Waits until it is sure that a request can be paid for: it is taken to cost as much as the
   * dearest of its kind so far. The first of a kind goes alone, so that its price is known.
   * @param least what it costs at least, in tokens
   * @throws OutOfTokens when nothing is under way that could leave something over; the signal's
   *   reason
   */
  reserve(kind: ProbeName, least: number, signal: AbortSignal): Promise<Settle>;
}

export function createTokenBudget(limit: number | undefined): TokenBudget {
  const prices = new Map<ProbeName, number>();
  const under_way = new Set<{ tokens: number; known: boolean }>();
  const waiting = new Set<() => void>();
  let spent = 0;

  const reserved = () => [...under_way].reduce((sum, { tokens }) => sum + tokens, 0);
  const isAlone = (known: boolean) => known || under_way.size === 0;
  const nothingUnknown = () => [...under_way].every(({ known }) => known);

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
          under_way.add(request);
          return (actual = tokens) => {
            if (!under_way.delete(request)) return;
            spent += actual;
            if (actual > 0) prices.set(kind, Math.max(actual, prices.get(kind) ?? 0));
            for (const wake of waiting) wake();
          };
        }
        if (under_way.size === 0) throw new OutOfTokens();
        await change(waiting, signal);
      }
    },
  };
}

/** Resolves when a request under way has been settled. */
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
