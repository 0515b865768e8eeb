import type { AccessSource } from '../core/api/access.ts';
import { createApiRequest } from '../core/api/request.ts';
import { createChat } from '../core/chat/client.ts';
import { DEFAULT_SLOWDOWN } from '../core/validation/baseline.ts';
import { UsageError } from '../core/errors.ts';
import { given } from '../core/given.ts';
import { DEFAULT_ENDPOINT } from '../core/qwen/endpoint.ts';
import { judge } from '../core/validation/judge.ts';
import { checkNumber, MILLISECONDS } from '../core/number.ts';
import { CONCURRENCY } from '../core/validation/limits.ts';
import { createPlan, parseProbes } from '../core/validation/plan.ts';
import { PROBE_NAMES, type ProbeName, type Verdict } from '../core/validation/report.ts';
import { validateModels as runValidation } from '../core/validation/run.ts';
import { accessOf, type AccessOptions, headersOf, namedEndpoint } from './access.ts';
import { USER_AGENT } from './chat.ts';
import { type Ports, systemClock, systemRandom } from './ports.ts';
import { sendOf } from './transport.ts';

/** A validation run. */
export interface ValidateModelsOptions extends Ports, AccessOptions {
  /** The ids of the models, one or more. All are required. */
  models: readonly string[];
  /**
   * One or more, which are asked in full. Default: the short run of what the program knows of each model. `long=32` asks for a text
   * of 32,000 tokens, `long=window` for one that fills the window.
   */
  probes?: readonly (ProbeName | `long=${number | 'window'}`)[] | undefined;
  /** Every probe in full. */
  deep?: boolean | undefined;
  /** Repeats a run exactly. Default: a new one. */
  seed?: string | undefined;
  /** Models at the same time, 1 to 256. Default 4. */
  concurrency?: number | undefined;
  /** Milliseconds for each model. Default 120 s. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What came of one check: of all requests of a probe on which it was made. */
export interface Check {
  /** A stable id, such as `tools/arguments-are-a-string`. */
  check: string;
  verdict: 'pass' | 'warn' | 'fail' | 'unsupported';
  reason?: string | undefined;
  /** How many times it was made, and passed. */
  count: number;
  passed: number;
}

/** What came of one probe. */
export interface ProbeResult {
  probe: ProbeName;
  verdict: Verdict;
  reason?: string | undefined;
  checks: readonly Check[];
  /** Milliseconds. */
  latency_ms: number;
  first_token_ms?: number | undefined;
}

/** What came of one model. */
export interface ModelResult {
  model: string;
  verdict: Verdict;
  /** `failed` is what should stop a release. */
  outcome: 'passed' | 'failed' | 'excused' | 'skipped';
  reason?: string | undefined;
  probes: readonly ProbeResult[];
}

/** The report of a run; `qwen-demo/schemas/validation-report.schema.json` describes its other fields. */
export interface ValidationReport {
  /**
   * The API base URL. When the signal ended the run before the login named it: that of the options, else
   * Qwen's.
   */
  endpoint: string;
  /** Milliseconds since the epoch. */
  started_at: number;
  duration_ms: number;
  /** Whether the signal ended the run. */
  interrupted: boolean;
  seed: string;
  models: readonly ModelResult[];
  summary: { total: number; passed: number; failed: number; required_failed: number };
}

/**
 * Tests models with real requests. A model that fails is a result, not an error.
 * @throws AuthError, NetworkError when the first models all fail to reach the endpoint; UsageError for
 *   an option that is not as described (`no_models`, `unknown_probe`, `invalid_concurrency`,
 *   `invalid_duration` and those of `createChat`); the reason of the signal is no error: the report then says `interrupted`
 */
export async function validateModels(options: ValidateModelsOptions): Promise<ValidationReport> {
  const { clock = systemClock, signal = new AbortController().signal, models } = options;
  const { timeout, concurrency = 4 } = options;
  const send = sendOf(options.transport);
  const access = accessOf(options);
  const headers = headersOf(options);
  checkModels(models);
  checkNumber(concurrency, 'concurrency', CONCURRENCY);
  if (timeout !== undefined) checkNumber(timeout, 'timeout', MILLISECONDS);
  const asked = options.probes && probesNamed(options.probes);
  const endpoint = await endpointOf(access, options, signal);
  const descriptions = models.map((model) => ({ model, required: true }));
  const plan = createPlan(descriptions, asked, given({ timeout }), options.deep);
  const requestWith = (wrap: (one: typeof send) => typeof send) =>
    createApiRequest({ send: wrap(send), access, user_agent: USER_AGENT, headers });
  const report = await runValidation({
    ...plan,
    connect: (wrap) => createChat({ request: requestWith(wrap), clock }),
    requests: requestWith,
    clock,
    random: systemRandom,
    endpoint,
    seed: options.seed ?? Buffer.from(systemRandom.bytes(4)).toString('hex'),
    concurrency,
    max_retries: 2,
    repeat: 1,
    min_pass_rate: 1,
    fail_fast: false,
    live: false,
    shard: undefined,
    signal,
  });
  const today = new Date(clock.now()).toISOString().slice(0, 10);
  return judge(report, {
    baseline: undefined,
    accepted: false,
    slowdown: DEFAULT_SLOWDOWN,
    known_failures: [],
    strict: false,
    today,
  });
}

async function endpointOf(
  access: AccessSource,
  options: AccessOptions,
  signal: AbortSignal,
): Promise<string> {
  try {
    return (await access.get(signal)).endpoint;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    return namedEndpoint(options) ?? DEFAULT_ENDPOINT;
  }
}

/** @throws UsageError `no_models` */
function checkModels(models: unknown): void {
  const named = (id: unknown) => typeof id === 'string' && id.trim() !== '';
  if (Array.isArray(models) && models.length > 0 && models.every(named)) return;
  throw new UsageError('models is not a list of one or more ids', { code: 'no_models' });
}

/** `chat`, `long=32` … @throws UsageError `unknown_probe` */
function probesNamed(names: readonly string[]) {
  const list = Array.isArray(names) && names.length > 0 ? parseProbes(names) : undefined;
  if (list !== undefined) return list;
  const known = `${PROBE_NAMES.join(', ')}, long=32`;
  throw new UsageError(`probes is not a list of one or more of ${known}`, {
    code: 'unknown_probe',
  });
}
