import fc from 'fast-check';
import { expect } from 'vitest';
import { ANSWERS } from '../properties/server-answers.cases.ts';
import { FILES } from '../properties/stored-files.cases.ts';
import { QwenDemoError } from '../../src/core/errors.ts';
import { mutationsOf } from './odd-values.ts';

/** `npm run fuzz` sets FUZZ_RUNS to 10,000 and prints FUZZ_SEED. */
const { FUZZ_RUNS = '40', FUZZ_SEED = '20260415' } = process.env;
export const PARAMETERS = {
  numRuns: Number(FUZZ_RUNS),
  seed: Number(FUZZ_SEED),
  endOnFailure: true,
};
/** Milliseconds for all cases of one property. */
export const LIMIT = Math.max(30_000, PARAMETERS.numRuns * 50);
/** Milliseconds for one case: the largest input is 600 KB. */
const SLOW = 5000;

/** Only errors for people, and none that takes long. */
export async function survives(read: () => unknown): Promise<void> {
  const start = performance.now();
  try {
    await read();
  } catch (error) {
    if (!(error instanceof QwenDemoError)) throw error;
  }
  expect(performance.now() - start).toBeLessThan(SLOW);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
}

const documentOf = (name: string) => mutationsOf((ANSWERS[name] ?? FILES[name])?.document);
/** The text of a sound answer or file of that name with an odd value in it. */
export const textOf = (name: string) => documentOf(name).map(({ text }) => text);
export const status = fc.constantFrom(
  200,
  200,
  200,
  201,
  204,
  302,
  400,
  401,
  403,
  404,
  429,
  500,
  599,
);
