/** What a validation run found out. Plain data with the names its JSON has. */

/**
 * - `pass`: answered, and the answer was right
 * - `fail`: answered, but not what was asked for
 * - `unavailable`: the endpoint does not have this model
 * - `denied`: the model exists, but not for this account
 * - `quota`: a rate limit or an exhausted quota
 * - `timeout`: no complete answer in the time it was given
 * - `error`: anything else that went wrong on the way
 * - `skipped`: not asked, or interrupted while it was being asked
 */
export type Verdict =
  | 'pass'
  | 'fail'
  | 'unavailable'
  | 'denied'
  | 'quota'
  | 'timeout'
  | 'error'
  | 'skipped';

export interface ProbeReport {
  probe: string;
  verdict: Verdict;
  /** The server's own words where there are any, not yet made safe; absent after a pass. */
  reason: string | undefined;
  /** From the question to the end of the answer, with every retry in between. */
  latency_ms: number;
  /** From the request that was answered to its first reasoning or content. */
  first_token_ms: number | undefined;
}

export interface ModelReport {
  model: string;
  /** Only a required model makes the run fail. */
  required: boolean;
  /** That of the first probe that did not pass. */
  verdict: Verdict;
  reason: string | undefined;
  /** Of all probes together. */
  latency_ms: number;
  /** Of the first probe. */
  first_token_ms: number | undefined;
  probes: ProbeReport[];
}

export interface Summary {
  total: number;
  passed: number;
  /** Neither passed nor skipped. */
  failed: number;
  required_failed: number;
  skipped: number;
}

export interface ValidationReport {
  endpoint: string;
  /** Milliseconds since the epoch. */
  started_at: number;
  duration_ms: number;
  /** True when the run was stopped before every model had answered. */
  interrupted: boolean;
  /** In the order in which they were named. */
  models: ModelReport[];
  summary: Summary;
}

export function summarize(models: readonly ModelReport[]): Summary {
  const failed = models.filter(hasFailed);
  const passed = models.filter(({ verdict }) => verdict === 'pass').length;
  return {
    total: models.length,
    passed,
    failed: failed.length,
    required_failed: failed.filter(({ required }) => required).length,
    skipped: models.length - passed - failed.length,
  };
}

export function hasFailed({ verdict }: ModelReport): boolean {
  return verdict !== 'pass' && verdict !== 'skipped';
}
