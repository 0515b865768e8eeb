import type { BrokenLimit, Figures, LimitName } from './report.ts';

/** What a model has to keep within. Times are milliseconds. */
export interface Limits {
  /** For a model with all its probes; what it spends waiting for others does not count. */
  timeout: number;
  /** How often a probe that was not passed is put again. */
  retries: number;
  max_ttft?: number | undefined;
  max_latency?: number | undefined;
  min_tokens_per_second?: number | undefined;
}

/** For one model, in milliseconds. */
const DEFAULT_TIMEOUT = 120_000;

export const DEFAULT_LIMITS: Limits = { timeout: DEFAULT_TIMEOUT, retries: 0 };

/** The limits that these figures do not keep. What could not be measured keeps none. */
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

const WORDS: Readonly<Record<LimitName, { what: string; unit: string; bound: string }>> = {
  max_ttft: { what: 'The first token came after', unit: 'ms', bound: 'at most' },
  max_latency: { what: 'The answer took', unit: 'ms', bound: 'at most' },
  min_tokens_per_second: { what: 'It wrote', unit: 'tokens/s', bound: 'at least' },
};

/** `The answer took 1240 ms (limit: at most 1000 ms)`. */
export function describeBroken({ limit, allowed, measured }: BrokenLimit): string {
  const { what, unit, bound } = WORDS[limit];
  const found = measured === undefined ? 'a time unknown' : `${measured} ${unit}`;
  return `${what} ${found} (limit: ${bound} ${allowed} ${unit})`;
}
