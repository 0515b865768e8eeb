import { DEFAULT_SLOWDOWN } from '../../src/core/validation/baseline.ts';
import { judge, type JudgedReport, type JudgeOptions } from '../../src/core/validation/judge.ts';
import {
  type ModelReport,
  type ProbeName,
  type ProbeReport,
  type ValidationReport,
  type Verdict,
} from '../../src/core/validation/report.ts';
import { validationJson } from '../../src/reporters/json.ts';

/** One probe, passed unless it is said otherwise. */
export function probe(name: ProbeName, more: Partial<ProbeReport> = {}): ProbeReport {
  const asked = more.verdict !== 'skipped' && more.verdict !== 'not_claimed';
  return {
    probe: name,
    verdict: 'pass',
    demanded: asked,
    reason: undefined,
    checks: [],
    latency_ms: asked ? 812 : 0,
    first_token_ms: more.verdict === undefined ? 301 : undefined,
    tokens_per_second: undefined,
    flaky: false,
    attempts: asked ? 1 : 0,
    repeats: undefined,
    tokens: { prompt_tokens: 20, completion_tokens: 3 },
    ...more,
  };
}

/** A model as the run would sum up its probes. */
export function model(
  name: string,
  probes: ProbeReport[],
  more: Partial<ModelReport> = {},
): ModelReport {
  const claimed = probes.filter(({ verdict }) => verdict !== 'not_claimed');
  const bad = claimed.length === 0 ? probes[0] : claimed.find(({ verdict }) => verdict !== 'pass');
  const [first] = probes;
  return {
    model: name,
    required: true,
    verdict: bad?.verdict ?? 'pass',
    reason: bad?.reason,
    latency_ms: first?.latency_ms ?? 0,
    first_token_ms: first?.first_token_ms,
    tokens_per_second: first?.tokens_per_second,
    flaky: probes.some(({ flaky }) => flaky),
    duration_ms: probes.reduce((sum, { latency_ms }) => sum + latency_ms, 0),
    tokens: { prompt_tokens: 20 * probes.length, completion_tokens: 3 * probes.length },
    broken_limits: [],
    unmeasured_limits: [],
    served: [],
    probes,
    ...more,
  };
}

export function passed(name: string, required = true): ModelReport {
  return model(name, [probe('chat')], { required });
}

export function failed(
  name: string,
  verdict: Verdict,
  reason: string,
  required = true,
): ModelReport {
  const asked = verdict !== 'skipped' && verdict !== 'not_claimed';
  return model(name, [probe('chat', { verdict, reason, latency_ms: asked ? 31 : 0 })], {
    required,
  });
}

export function reportOf(
  models: ModelReport[],
  more: Partial<ValidationReport> = {},
): ValidationReport {
  return {
    endpoint: 'http://127.0.0.1/v1',
    started_at: Date.UTC(2027, 0, 15, 8),
    duration_ms: 1500,
    interrupted: false,
    stopped_by: undefined,
    error: undefined,
    seed: '1f2e3d4c',
    live: false,
    shard: undefined,
    probes: models[0]?.probes.map(({ probe: name }) => name) ?? [],
    models,
    tokens: { prompt_tokens: 20, completion_tokens: 3 },
    rate_limited_ms: 0,
    ...more,
  };
}

/** A report as it is published: without a baseline and known failures unless they are given. */
export function judged(
  models: ModelReport[],
  options: Partial<JudgeOptions> = {},
  more: Partial<ValidationReport> = {},
): JudgedReport {
  return judge(reportOf(models, more), {
    baseline: undefined,
    slowdown: DEFAULT_SLOWDOWN,
    accepted: false,
    strict: false,
    known_failures: [],
    today: '2027-01-15',
    ...options,
  });
}

/** Of everything something: what a reporter can be asked to show at once. */
export function variety(): JudgedReport {
  const models = [
    model('qwen3-coder-plus', [
      probe('chat', { tokens_per_second: 61.4, first_token_ms: 301 }),
      probe('json', { flaky: true, attempts: 2, latency_ms: 1240 }),
      probe('vision', { verdict: 'not_claimed' }),
    ]),
    model('liar', [
      probe('chat', { latency_ms: 2950 }),
      probe('json', { verdict: 'fail', reason: 'The field "n" is missing in {"m": 1}' }),
      probe('vision', { verdict: 'error', reason: 'image input is not supported' }),
    ]),
    model(
      'qwen-vl-plus',
      [
        probe('chat', { verdict: 'unavailable', reason: 'There is no such model', latency_ms: 31 }),
        probe('json', { verdict: 'not_claimed' }),
        probe('vision', { verdict: 'skipped' }),
      ],
      { required: false },
    ),
    model('old-friend', [
      probe('chat'),
      probe('json', { verdict: 'fail', reason: 'Not JSON' }),
      probe('vision', { verdict: 'not_claimed' }),
    ]),
    model('snail', [
      probe('chat', {
        latency_ms: 9100,
        first_token_ms: 4000,
        repeats: {
          count: 3,
          passed: 3,
          latency_ms: { min: 8000, median: 9100, max: 9900 },
          first_token_ms: { min: 3500, median: 4000, max: 4100 },
          tokens_per_second: undefined,
        },
      }),
      probe('json'),
      probe('vision', { verdict: 'not_claimed' }),
    ]),
    model('nobody', [
      probe('chat', { verdict: 'skipped', reason: 'Not asked' }),
      probe('json', { verdict: 'skipped', reason: 'Not asked' }),
      probe('vision', { verdict: 'not_claimed' }),
    ]),
  ];
  const before = (latency_ms: number) => ({
    verdict: 'pass' as const,
    latency_ms,
    probes: { chat: { verdict: 'pass' as const, latency_ms } },
  });
  return judged(models, {
    baseline: { version: 1, models: { snail: before(900), 'qwen3-coder-plus': before(800) } },
    known_failures: [
      { model: 'old-*', probe: 'json', reason: 'Ticket 12', until: '2027-02-01' },
      { model: 'liar', reason: 'Promised for January', until: '2027-01-01' },
    ],
  });
}

/** The report of `--report json`. */
export const jsonReport = (report: JudgedReport): string => [...validationJson(report)].join('');
