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

it('without a limit nobody waits', async () => {
  const budget = createTokenBudget(undefined);
  const settles = await Promise.all(
    Array.from({ length: 50 }, () => budget.reserve('chat', 1e9, signal)),
  );
  expect(settles).toHaveLength(50);
});

describe('a request is let through', () => {
  it('alone as long as the price of its kind is not known', async () => {
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

  it('alone too when others of a known price are under way', async () => {
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

  it('as long as it fits in with what is under way at the dearest price so far', async () => {
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

  it('not when it alone would cost more than there is', async () => {
    const budget = createTokenBudget(100);
    await expect(budget.reserve('long', 101, signal)).rejects.toBeInstanceOf(OutOfTokens);
    (await budget.reserve('chat', 100, signal))();
  });
});

it('what was refused costs nothing, and what nobody knows the price of costs what was expected', async () => {
  const budget = createTokenBudget(100);
  (await budget.reserve('chat', 60, signal))(0);
  (await budget.reserve('chat', 60, signal))();
  await expect(budget.reserve('chat', 60, signal)).rejects.toBeInstanceOf(OutOfTokens);
});

it('whoever waits gives up with its signal', async () => {
  const budget = createTokenBudget(100);
  await budget.reserve('chat', 10, signal);
  const own = new AbortController();
  const waiting = budget.reserve('chat', 10, own.signal);
  own.abort(new Error('too late'));
  await expect(waiting).rejects.toThrow('too late');
});

it('as long as no request costs more than its kind did before, no more is spent than the limit', async () => {
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
