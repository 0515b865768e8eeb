import { describe, expect, it } from 'vitest';
import type { Baseline } from '../../../src/core/validation/baseline.ts';
import { missingModels, withMissingProbes } from '../../../src/core/validation/missing.ts';
import type { ModelDescription } from '../../../src/core/validation/plan.ts';
import { PROBE_NAMES, type ProbeName, type Verdict } from '../../../src/core/validation/report.ts';
import { candidate } from '../../helpers/validate.ts';

const result = (verdict: Verdict = 'pass') => ({ verdict, latency_ms: 5 });
const baseline = (models: Record<string, Partial<Record<ProbeName, Verdict>>>): Baseline => ({
  version: 1,
  models: Object.fromEntries(
    Object.entries(models).map(([model, probes]) => {
      const results = Object.entries(probes).map(([name, verdict]) => [name, result(verdict)]);
      return [model, { ...result(), probes: Object.fromEntries(results) }];
    }),
  ),
});

describe('a probe that passed in the baseline', () => {
  const all = Object.fromEntries(PROBE_NAMES.map((name) => [name, 'pass' as const]));
  const missing = (
    earlier: Partial<Record<ProbeName, Verdict>>,
    claims: ProbeName[],
    {
      asked,
      left_out = [],
      ...more
    }: Partial<ModelDescription> & {
      asked?: ProbeName[];
      left_out?: ProbeName[];
    } = {},
  ) => {
    const plan = { candidates: [candidate('a', { claims, left_out })], probes: claims };
    const models = [{ model: 'a', required: true, ...more }];
    const names = asked && { names: asked };
    const found = withMissingProbes(plan, baseline({ a: earlier }), models, names);
    return found.candidates[0]?.missing;
  };

  it('is missing when the model does not claim it any more', () => {
    expect(missing({ chat: 'pass', tools: 'pass', vision: 'fail' }, ['chat'])).toEqual(['tools']);
  });

  it('is not missing where only flags and files ask for it, or leave it out', () => {
    const most: ProbeName[] = PROBE_NAMES.filter(
      (name) => !['long', 'errors', 'own'].includes(name),
    );
    expect(missing(all, most)).toEqual([]);
    expect(missing(all, ['chat'], { asked: ['chat'] })).toEqual([]);
    expect(missing(all, ['chat'], { probes: { names: ['chat'] } })).toEqual([]);
    expect(missing({ stop: 'pass' }, ['chat'], { left_out: ['stop'] })).toEqual([]);
  });
});

describe('a model of the baseline', () => {
  const found = (listed: string[] | undefined, models: [id: string, required: boolean][]) =>
    missingModels(baseline({ a: {}, b: {} }), {
      models: models.map(([model, required]) => ({ model, required })),
      listed: listed && new Set(listed),
      covers: () => true,
    }).map(({ model, verdict }) => `${model} ${verdict}`);

  it('is gone when it is not listed, not_asked when it is listed and not selected', () => {
    expect(found(['a', 'b'], [['a', true]])).toEqual(['b not_asked']);
    expect(found(['a'], [['a', true]])).toEqual(['b gone']);
    expect(found(undefined, [['a', true]])).toEqual([]);
  });

  it('is gone when only the program knows it, and no flag names it', () => {
    expect(
      found(
        ['a'],
        [
          ['a', true],
          ['b', false],
        ],
      ),
    ).toEqual(['b gone']);
    expect(
      found(
        ['a'],
        [
          ['a', true],
          ['b', true],
        ],
      ),
    ).toEqual([]);
  });
});
