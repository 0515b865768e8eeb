/** The report of a validation run: plain data with the field names of its JSON. */
import type { QwenDemoError } from '../errors.ts';

/** The probes, in the order in which they run. Each tests one ability of a model. */
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
  'embeddings',
  'own',
  'errors',
] as const;

/** A probe, as `--probe` and the report name it. */
export type ProbeName = (typeof PROBE_NAMES)[number];

/**
 * - `pass`: answered, and the answer was right
 * - `warn`: works with this program, but breaks other clients
 * - `fail`: answered, but the answer was wrong, or a limit was exceeded
 * - `unsupported`: the server says that it cannot do what was asked
 * - `unavailable`: the endpoint does not have this model
 * - `denied`: the model exists, but this account may not use it
 * - `quota`: a rate limit, or an exhausted quota
 * - `timeout`: no complete answer within the time allowed
 * - `error`: any other failure of the request
 * - `gone`: the baseline has this model, and the endpoint does not list it any more
 * - `not_asked`: had to be tested, and was not
 * - `skipped`: not tested, or interrupted during the test
 * - `not_claimed`: not tested, because the model does not claim this ability
 */
export const VERDICTS = [
  'pass',
  'warn',
  'fail',
  'unsupported',
  'unavailable',
  'denied',
  'quota',
  'timeout',
  'error',
  'gone',
  'not_asked',
  'skipped',
  'not_claimed',
] as const;

/** One of {@link VERDICTS}. */
export type Verdict = (typeof VERDICTS)[number];

/** Measurements of one answer, or the medians of several. */
export interface Figures {
  /**
   * From sending the request to the end of the answer, in milliseconds, without earlier waits and
   * failed requests; the median of the repeats.
   */
  latency_ms: number;
  /** From sending the request to its first reasoning or content, in milliseconds; the median. */
  first_token_ms: number | undefined;
  /** After the first token; the median. Undefined for an answer too short to measure. */
  tokens_per_second: number | undefined;
}

/** Smallest, middle and largest of several measurements. */
export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** The results of `--repeat`. */
export interface Repeats {
  /** How many times the probe had to run, and how many of these passed. */
  count: number;
  passed: number;
  latency_ms: Spread | undefined;
  first_token_ms: Spread | undefined;
  tokens_per_second: Spread | undefined;
}

/** As the server counts them, else estimated. */
export interface TokensSpent {
  prompt_tokens: number;
  completion_tokens: number;
}

/** What one check can find. */
export type CheckVerdict = 'pass' | 'warn' | 'fail' | 'unsupported';

/** The result of one check: of all requests of a probe on which it was made. */
export interface CheckReport {
  /** A stable id, `tools/arguments-are-a-string`: baselines and known failures can name it. */
  check: string;
  /** The worst of all times. */
  verdict: CheckVerdict;
  /** Of the first time with this verdict; undefined after a pass. */
  reason: string | undefined;
  /** How many times it was made, and how many of these passed. */
  count: number;
  passed: number;
}

/** The report of one probe of one model. */
export interface ProbeReport extends Figures {
  probe: ProbeName;
  verdict: Verdict;
  /** Whether the model has to pass it: it claims the ability, or the probe was named. */
  demanded: boolean;
  /** In the order in which they were first made. */
  checks: CheckReport[];
  /**
   * The server's message where there is one, not sanitized. After a flaky pass why an attempt before
   * failed; undefined after any other pass.
   */
  reason: string | undefined;
  /** Passed, but not at the first attempt. */
  flaky: boolean;
  /** How many times the probe ran, retries and repeats included; 0 when it did not run. */
  attempts: number;
  /** Undefined unless `--repeat` is above 1. */
  repeats: Repeats | undefined;
  /** Of all attempts together. */
  tokens: TokensSpent;
}

/** The limits of figures: `max_ttft` and `max_latency` in milliseconds. */
export const LIMIT_NAMES = ['max_ttft', 'max_latency', 'min_tokens_per_second'] as const;

/** One of {@link LIMIT_NAMES}. */
export type LimitName = (typeof LIMIT_NAMES)[number];

/** How a limit looks at several answers: 95 % or 99 % of them are not worse than p95 or p99. */
export const STATISTICS = ['median', 'p95', 'p99'] as const;

/** One of {@link STATISTICS}. */
export type Statistic = (typeof STATISTICS)[number];

/** A limit that a model exceeded in a probe. */
export interface BrokenLimit {
  limit: LimitName;
  probe: ProbeName;
  statistic: Statistic;
  /** Milliseconds, or tokens a second. */
  allowed: number;
  measured: number;
}

/** A limit whose figure no answer had: a stream that was too short, an answer that arrived whole. */
export interface UnmeasuredLimit {
  limit: LimitName;
  /** Undefined: no probe had it. */
  probe: ProbeName | undefined;
}

/** Who answered: what the server says of itself in an answer. */
export interface Served {
  /** Undefined: it named none. */
  model: string | undefined;
  system_fingerprint: string | undefined;
}

/** The report of one model. Latency and first token are those of the first probe that ran. */
export interface ModelReport extends Figures {
  model: string;
  /** Only a required model makes the run fail. */
  required: boolean;
  /** The verdict of the first probe that did not pass. */
  verdict: Verdict;
  reason: string | undefined;
  /** Passed, but one of its probes not at the first attempt. */
  flaky: boolean;
  /** From the first request to the last answer, waits included. */
  duration_ms: number;
  tokens: TokensSpent;
  broken_limits: BrokenLimit[];
  unmeasured_limits: UnmeasuredLimit[];
  /** Each once, in the order in which they came. */
  served: Served[];
  /** One for every probe of the run, in the order of `ValidationReport.probes`. */
  probes: ProbeReport[];
}

/** Why a run ended before every model was tested. */
export type StopCause = 'signal' | 'deadline' | 'tokens' | 'fail_fast' | 'error';

/** An error that concerns every model, with the names that it has in all JSON of the program. */
export type RunError = Pick<QwenDemoError, 'kind' | 'code' | 'message' | 'hint'>;

/** One of several parts of the models of a run: the first of five is 1 of 5. */
export interface Shard {
  /** From 1 to `count`. */
  number: number;
  count: number;
}

/** What a run was to test. */
export interface RunScope {
  /** Every model that the endpoint lists. */
  live: boolean;
  /** Only this part of the models; undefined for all of them. */
  shard: Shard | undefined;
}

/** The measurements of one run, before they are judged. */
export interface ValidationReport extends RunScope {
  endpoint: string;
  /** Milliseconds since the epoch. */
  started_at: number;
  duration_ms: number;
  /** True when a signal ended the run before every model was tested. */
  interrupted: boolean;
  stopped_by: StopCause | undefined;
  /**
   * Why no model was asked, when `stopped_by` is `error`; without that, the quota that was the only
   * answer to every model.
   */
  error: RunError | undefined;
  /** Every question of the run was drawn from it. */
  seed: string;
  /** The probes of the run: the columns of the matrix. */
  probes: ProbeName[];
  /** In the order of the plan. */
  models: ModelReport[];
  tokens: TokensSpent;
  /** How long rate limits paused the run, in milliseconds. */
  rate_limited_ms: number;
}

const NO_FAILURES: ReadonlySet<Verdict> = new Set(['pass', 'warn', 'skipped', 'not_claimed']);

/**
 * Whether a verdict is a failure. `unsupported` is one only where the ability is demanded; a model
 * has this verdict only then.
 */
export function hasFailed({
  verdict,
  demanded = true,
}: {
  verdict: Verdict;
  demanded?: boolean;
}): boolean {
  return verdict === 'unsupported' ? demanded : !NO_FAILURES.has(verdict);
}
