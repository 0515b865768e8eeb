import type { Limits } from './plan.ts';
import type { BrokenLimit, Figures, LimitName } from './report.ts';

/** The limits that a model exceeds. A figure that could not be measured exceeds every limit. */
export function brokenLimits(figures: Figures, limits: Limits): BrokenLimit[] {
  const { max_ttft, max_latency, min_tokens_per_second } = limits;
  const judged: (BrokenLimit & { kept: boolean })[] = [];
  const judge = (
    limit: LimitName,
    allowed: number | undefined,
    measured: number | undefined,
    keeps: (measured: number, allowed: number) => boolean,
  ) => {
    if (allowed === undefined) return;
    judged.push({
      limit,
      allowed,
      measured,
      kept: measured !== undefined && keeps(measured, allowed),
    });
  };
  judge('max_ttft', max_ttft, figures.first_token_ms, atMost);
  judge('max_latency', max_latency, figures.latency_ms, atMost);
  judge('min_tokens_per_second', min_tokens_per_second, figures.tokens_per_second, atLeast);
  return judged
    .filter(({ kept }) => !kept)
    .map(({ limit, allowed, measured }) => ({ limit, allowed, measured }));
}

const atMost = (measured: number, allowed: number) => measured <= allowed;
const atLeast = (measured: number, allowed: number) => measured >= allowed;

interface LimitWords {
  /** The subject of a sentence about a figure that could not be measured. */
  figure: string;
  /** Begins the sentence about a measured figure. */
  measured_as: string;
  unit: string;
  bound: string;
}

const WORDS: Readonly<Record<LimitName, LimitWords>> = {
  max_ttft: {
    figure: 'The time to the first token',
    measured_as: 'The first token came after',
    unit: 'ms',
    bound: 'at most',
  },
  max_latency: {
    figure: 'The latency',
    measured_as: 'The answer took',
    unit: 'ms',
    bound: 'at most',
  },
  min_tokens_per_second: {
    figure: 'The speed',
    measured_as: 'It wrote',
    unit: 'tokens/s',
    bound: 'at least',
  },
};

/** A broken limit in words: `The answer took 1240 ms (limit: at most 1000 ms)`. */
export function describeBroken({ limit, allowed, measured }: BrokenLimit): string {
  const { figure, measured_as, unit, bound } = WORDS[limit];
  const finding =
    measured === undefined
      ? `${figure} could not be measured`
      : `${measured_as} ${measured} ${unit}`;
  return `${finding} (limit: ${bound} ${allowed} ${unit})`;
}
