/** What a validation run found out. Plain data with the names its JSON has. */

/** One ability of a model that is put to the test, in the order in which they are. */
export const PROBE_NAMES = [
  'chat',
  'stream',
  'system',
  'json',
  'tools',
  'vision',
  'reasoning',
  'stop',
  'max-tokens',
  'long',
] as const;

export type ProbeName = (typeof PROBE_NAMES)[number];

/**
 * - `pass`: answered, and the answer was right
 * - `fail`: answered, but the answer was wrong, or a limit was exceeded
 * - `unavailable`: the endpoint does not have this model
 * - `denied`: the model exists, but this account may not use it
 * - `quota`: a rate limit, or an exhausted quota
 * - `timeout`: no complete answer within the time allowed
 * - `error`: any other failure of the request
 * - `skipped`: not tested, or interrupted during the test
 * - `not_claimed`: not tested, because the model does not claim this ability
 */
export const VERDICTS = [
  'pass',
  'fail',
  'unavailable',
  'denied',
  'quota',
  'timeout',
  'error',
  'skipped',
  'not_claimed',
] as const;

export type Verdict = (typeof VERDICTS)[number];

/** What one or several answers were measured at. */
export interface Figures {
  /**
   * From the question to the end of the answer, in milliseconds: of the request that was answered,
   * without the waits and the failures before it; the median of the repeats.
   */
  latency_ms: number;
  /** From the request that was answered to its first reasoning or content; the median. */
  first_token_ms: number | undefined;
  /** After the first token; the median. Absent where too little was said to measure it. */
  tokens_per_second: number | undefined;
}

/** Of several measurements of the same thing. */
export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** What `--repeat` found out. */
export interface Repeats {
  /** How many times the probe was to be put, and how many of them it passed. */
  count: number;
  passed: number;
  latency_ms: Spread | undefined;
  first_token_ms: Spread | undefined;
  tokens_per_second: Spread | undefined;
}

/** As the server counts them; estimated where it does not. */
export interface TokensSpent {
  prompt_tokens: number;
  completion_tokens: number;
}

export interface ProbeReport extends Figures {
  probe: ProbeName;
  verdict: Verdict;
  /** The server's own words where there are any, not yet made safe; absent after a pass. */
  reason: string | undefined;
  /** Passed, but not at the first try. */
  flaky: boolean;
  /** How many times the probe was put, retries and repeats included; 0 when it was not. */
  attempts: number;
  /** Only where a probe is to be put more than once. */
  repeats: Repeats | undefined;
  /** Of all attempts together. */
  tokens: TokensSpent;
}

export type LimitName = 'max_ttft' | 'max_latency' | 'min_tokens_per_second';

/** A limit that a model was given and did not keep. */
export interface BrokenLimit {
  limit: LimitName;
  /** Milliseconds, or tokens a second. */
  allowed: number;
  /** Absent when there was nothing to measure. */
  measured: number | undefined;
}

/** The figures are those of the first probe that was asked. */
export interface ModelReport extends Figures {
  model: string;
  /** Only a required model makes the run fail. */
  required: boolean;
  /** That of the first probe that did not pass. */
  verdict: Verdict;
  reason: string | undefined;
  /** Passed, but one of its probes not at the first try. */
  flaky: boolean;
  /** From the first question to the last answer, everything included. */
  duration_ms: number;
  tokens: TokensSpent;
  broken_limits: BrokenLimit[];
  /** One for every probe of the run, in the order of `ValidationReport.probes`. */
  probes: ProbeReport[];
}

/** Why a run ended before every model had answered. */
export type StopCause = 'signal' | 'deadline' | 'tokens' | 'fail_fast';

export interface ValidationReport {
  endpoint: string;
  /** Milliseconds since the epoch. */
  started_at: number;
  duration_ms: number;
  /** True when somebody stopped the run before every model had answered. */
  interrupted: boolean;
  stopped_by: StopCause | undefined;
  /** Those that were to be put: the columns of the matrix. */
  probes: ProbeName[];
  /** In the order in which they were named. */
  models: ModelReport[];
  tokens: TokensSpent;
  /** How long the whole run waited because of rate limits, in milliseconds. */
  rate_limited_ms: number;
}

const NO_FAILURES: ReadonlySet<Verdict> = new Set(['pass', 'skipped', 'not_claimed']);

export function hasFailed({ verdict }: { verdict: Verdict }): boolean {
  return !NO_FAILURES.has(verdict);
}
