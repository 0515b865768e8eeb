import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createTokenBudget,
  OutOfTokens,
  type Settle,
} from '../../../src/core/validation/token-budget.ts';

const signal = new AbortController().signal;
const turn = async () => {
  for (let times = 0; times < 10; times += 1) await Promise.resolve();
};

it('without a token limit no request waits', async () => {
  const budget = createTokenBudget(undefined);
  const settles = await Promise.all(
    Array.from({ length: 50 }, () => budget.reserve('chat', 1e9, signal)),
  );
  expect(settles).toHaveLength(50);
});

describe('the token budget admits a request', () => {
  it('alone until a request of its probe has finished', async () => {
    const budget = createTokenBudget(1000);
    const events: string[] = [];
    const ask = async (name: string) => {
      const settle = await budget.reserve('chat', 10, signal);
      events.push(name);
      return settle;
    };
    const first = await ask('first');
    const [second, third] = [ask('second'), ask('third')];
    await turn();
    expect(events).toEqual(['first']);
    first(100);
    await Promise.all([second, third]);
    expect(events).toEqual(['first', 'second', 'third']);
  });

  it('after the requests in flight, when its own cost is unknown', async () => {
    const budget = createTokenBudget(1000);
    (await budget.reserve('chat', 10, signal))(100);
    const chat = await budget.reserve('chat', 10, signal);
    let through = false;
    const stream = budget.reserve('stream', 10, signal).then(() => (through = true));
    await turn();
    expect(through).toBe(false);
    chat(100);
    await stream;
  });

  it('while it and the requests in flight fit at the highest cost so far', async () => {
    const budget = createTokenBudget(250);
    (await budget.reserve('chat', 10, signal))(100);
    const under_way = await budget.reserve('chat', 10, signal);
    let through = false;
    const waiting = budget.reserve('chat', 10, signal).then((settle) => {
      through = true;
      return settle;
    });
    await turn();
    expect(through).toBe(false);
    under_way(40);
    (await waiting)(100);
    await expect(budget.reserve('chat', 10, signal)).rejects.toBeInstanceOf(OutOfTokens);
  });

  it('only when its estimate is within the limit', async () => {
    const budget = createTokenBudget(100);
    await expect(budget.reserve('long', 101, signal)).rejects.toBeInstanceOf(OutOfTokens);
    (await budget.reserve('chat', 100, signal))();
  });
});

it('a refused request costs nothing, and one without usage costs its estimate', async () => {
  const budget = createTokenBudget(100);
  (await budget.reserve('chat', 60, signal))(0);
  (await budget.reserve('chat', 60, signal))();
  await expect(budget.reserve('chat', 60, signal)).rejects.toBeInstanceOf(OutOfTokens);
});

it('a request that waits for tokens ends when its signal is aborted', async () => {
  const budget = createTokenBudget(100);
  await budget.reserve('chat', 10, signal);
  const own = new AbortController();
  const waiting = budget.reserve('chat', 10, own.signal);
  own.abort(new Error('too late'));
  await expect(waiting).rejects.toThrow('too late');
});

it('the spent tokens stay within the limit while no request costs more than earlier ones of its probe', async () => {
  const cost = fc.record({ kind: fc.constantFrom('chat' as const, 'stream' as const) });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 2000 }),
      fc.array(cost, { maxLength: 40 }),
      fc.integer({ min: 1, max: 8 }),
      async (limit, requests, at_once) => {
        const budget = createTokenBudget(limit);
        const price = { chat: 70, stream: 190 };
        let spent = 0;
        const queue = [...requests];
        const worker = async () => {
          for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
            const tokens = price[next.kind];
            const settle: Settle = await budget.reserve(next.kind, tokens, signal);
            await turn();
            spent += tokens;
            settle(tokens);
          }
        };
        const ends = await Promise.allSettled(Array.from({ length: at_once }, worker));
        expect(spent).toBeLessThanOrEqual(limit);
        const out = ends.some(({ status }) => status === 'rejected');
        const total = requests.reduce((sum, { kind }) => sum + price[kind], 0);
        expect(out).toBe(total > limit);
      },
    ),
    { numRuns: 60 },
  );
});
