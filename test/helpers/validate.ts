import type { Chat } from '../../src/core/chat/answer.ts';
import { DEFAULT_SLOWDOWN } from '../../src/core/validation/baseline.ts';
import { judge, type Summary } from '../../src/core/validation/judge.ts';
import type { Bound } from '../../src/core/validation/limits.ts';
import { DEFAULT_LIMITS, type Limits, type PlannedModel } from '../../src/core/validation/plan.ts';
import type { ProbeName, ValidationReport } from '../../src/core/validation/report.ts';
import { validateModels, type ValidationOptions } from '../../src/core/validation/run.ts';
import { FakeClock } from './fake-clock.ts';
import { honest } from './scripted-chat.ts';

export function candidate(
  model: string,
  { limits, ...more }: Partial<Omit<PlannedModel, 'limits'>> & { limits?: Partial<Limits> } = {},
): PlannedModel {
  return {
    model,
    required: true,
    claims: ['chat'],
    demanded: more.claims ?? ['chat'],
    full: more.claims ?? ['chat'],
    left_out: [],
    missing: [],
    long_tokens: 1000,
    window: undefined,
    dialect: { stream_only: true },
    served_as: [],
    own: [],
    limits: { ...DEFAULT_LIMITS, ...limits },
    ...more,
  };
}

/** A limit for the median of every probe, or for what else is said. */
export const bound = (allowed: number, more: Partial<Bound> = {}): Bound[] => [
  { probe: undefined, statistic: 'median', allowed, ...more },
];

export const candidates = (...models: string[]) => models.map((model) => candidate(model));

/** A run over models that are `a`, `b`, `c` and `d` unless it is said otherwise. */
export function validate(
  chat: Chat | ValidationOptions['connect'],
  more: Partial<ValidationOptions> & { paced?: boolean } = {},
): Promise<ValidationReport> {
  const { paced = false, ...options } = more;
  const asked = options.candidates ?? candidates('a', 'b', 'c', 'd');
  const claimed = new Set<ProbeName>(asked.flatMap(({ claims }) => claims));
  return validateModels({
    connect: (wrap) =>
      honest(paced ? (chat as ValidationOptions['connect'])(wrap) : (chat as Chat)),
    requests: () => () => Promise.reject(new Error('Nothing is posted in this test')),
    clock: new FakeClock(),
    random: { bytes: (size) => new Uint8Array(size), uuid: () => '', uniform: () => 0.5 },
    endpoint: 'http://127.0.0.1/v1',
    candidates: asked,
    probes: [...claimed],
    concurrency: 4,
    max_retries: 0,
    repeat: 1,
    min_pass_rate: 1,
    seed: 'a-seed',
    live: false,
    shard: undefined,
    fail_fast: false,
    signal: new AbortController().signal,
    ...options,
  });
}

/** The counts of a report that nothing excuses. */
export function summaryOf(report: ValidationReport): Summary {
  const options = {
    baseline: undefined,
    slowdown: DEFAULT_SLOWDOWN,
    accepted: false,
    strict: false,
    known_failures: [],
    today: '2027-01-15',
  };
  return judge(report, options).summary;
}
