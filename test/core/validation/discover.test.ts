import { describe, expect, it } from 'vitest';
import { selfDescription } from '../../../src/core/models/self-description.ts';
import { discover } from '../../../src/core/validation/discover.ts';
import type { PlannedModel } from '../../../src/core/validation/plan.ts';
import type { CheckReport, ProbeName, Verdict } from '../../../src/core/validation/report.ts';
import { model, probe } from '../../helpers/validation-report.ts';

/** What a model is like. */
interface Nature {
  able?: ProbeName[];
  /** Why it answers nothing at all. */
  dead?: Verdict;
  stream_only?: boolean;
  /** The field that switches its thinking; `always`: none does. */
  thinks?: string;
  window?: number;
  /** Checks that other probes than `long` and `reasoning` make besides. */
  checks?: CheckReport[];
}

const check = (name: string, verdict: CheckReport['verdict'], reason = 'why'): CheckReport => ({
  check: name,
  verdict,
  reason: verdict === 'pass' ? undefined : reason,
  count: 1,
  passed: verdict === 'pass' ? 1 : 0,
});

/** Discovers a model of this nature; the lengths of the long texts that it was asked, in tokens. */
async function found(nature: Nature, context?: number, budget = 1_000_000, id = 'a') {
  const { able = ['chat', 'stream'], dead, thinks, window = 10_000, checks = [] } = nature;
  const lengths: number[] = [];
  let left = budget;
  const judged = (name: ProbeName, planned: PlannedModel) => {
    const { dialect, long_tokens } = planned;
    if (dead !== undefined) return probe(name, { verdict: dead, reason: 'dead' });
    if (nature.stream_only === true && dialect.stream_only !== true)
      return probe(name, { verdict: 'error' });
    if (name === 'long') {
      const holds = long_tokens <= window;
      lengths.push(long_tokens);
      return probe(name, { verdict: holds ? 'pass' : 'unsupported' });
    }
    if (name === 'reasoning') {
      const on = thinks === 'always' || thinks === dialect.thinking;
      const off = thinks === dialect.thinking ? 'pass' : 'fail';
      const made = [
        check('reasoning/on', on ? 'pass' : 'fail'),
        ...(on ? [check('reasoning/off', off)] : []),
      ];
      return probe(name, { verdict: on && off === 'pass' ? 'pass' : 'fail', checks: made });
    }
    const verdict = able.includes(name) ? 'pass' : 'fail';
    return probe(name, { verdict, checks: [check(`${name}/it`, verdict), ...checks] });
  };
  const measured = await discover(
    { model: id, required: true, said: selfDescription({ max_model_len: context }) },
    {
      left: () => left,
      run: async (planned) => {
        const probes = planned.claims.map((name) => judged(name, planned));
        const cost =
          planned.claims.includes('long') && planned.long_tokens <= window
            ? planned.long_tokens
            : 0;
        left -= cost;
        return model('a', probes, { tokens: { prompt_tokens: cost, completion_tokens: 0 } });
      },
    },
  );
  return { ...measured, lengths };
}

describe('a discovery', () => {
  it('tells the probes that a model passes from the others', async () => {
    const { able, unable, thinking, dialect } = await found({ able: ['chat', 'tools'] });
    expect(able).toEqual(['chat', 'tools']);
    expect(unable).toEqual([
      'stream',
      'system',
      'json',
      'vision',
      'stop',
      'max-tokens',
      'reasoning',
    ]);
    expect([thinking, dialect]).toEqual([[], {}]);
  });

  it('counts no fault of the form against an ability', async () => {
    const checks = [check('wire/finish', 'fail'), check('answered-by/model', 'fail')];
    expect((await found({ checks })).able).toEqual(['chat', 'stream']);
  });

  it.each<[string, object]>([
    ['enable_thinking', { thinking: 'enable_thinking' }],
    ['chat_template_kwargs', { thinking: 'chat_template_kwargs' }],
    ['reasoning_effort', { thinking: 'reasoning_effort' }],
    ['always', { thinking: 'none' }],
  ])('finds what switches thinking: %s', async (thinks, dialect) => {
    const measured = await found({ thinks });
    expect(measured.dialect).toEqual(dialect);
    expect(measured.thinking).toEqual(thinks === 'always' ? [] : [thinks]);
    expect(measured.able).toContain('reasoning');
  });

  it('finds a model that answers only in a stream', async () => {
    const { able, dialect } = await found({ stream_only: true });
    expect([able, dialect]).toEqual([['chat', 'stream'], { stream_only: true }]);
  });

  it('leaves out what the server refused', async () => {
    const checks = [
      check('dialect/stream-options', 'unsupported'),
      check('dialect/max-tokens', 'unsupported', "Use 'max_completion_tokens' instead"),
      check('system/role', 'unsupported'),
    ];
    expect((await found({ checks })).dialect).toEqual({
      max_tokens_field: 'max_completion_tokens',
      system_role: 'user',
      extra_body: { stream_options: null },
    });
  });

  it.each<Verdict>(['unavailable', 'denied', 'quota', 'timeout'])(
    'says why a model was not measured: %s',
    async (dead) => {
      const measured = await found({ dead });
      expect(measured).toMatchObject({ able: [], unable: [], reason: 'dead', lengths: [] });
    },
  );

  it('asks a model for embeddings only for them', async () => {
    const measured = await found({ able: ['embeddings'] }, undefined, 1000, 'bge-m3');
    expect(measured).toMatchObject({ able: ['embeddings'], unable: [], lengths: [] });
  });
});

describe('the window of a model', () => {
  it.each<[string, number, number | undefined, number, object]>([
    [
      'is that claimed when it holds',
      40_000,
      40_000,
      1_000_000,
      { context: 40_000, context_end: 'model' },
    ],
    [
      'is found without a claim',
      8000,
      undefined,
      1_000_000,
      { context: 8000, context_end: 'model' },
    ],
    [
      'is what the budget shows of it',
      500_000,
      1_000_000,
      50_000,
      { context: 40_000, context_end: 'budget' },
    ],
    ['is unknown when no text is read', 100, 4000, 50_000, {}],
  ])('%s: %i tokens, claimed %s, budget %i', async (_, window, claimed, budget, expected) => {
    const { context, context_end } = await found({ window }, claimed, budget);
    expect({ context, context_end }).toEqual({
      context: undefined,
      context_end: undefined,
      ...expected,
    });
  });

  it('is found by halving when less is held than claimed', async () => {
    const { context, context_end, lengths } = await found({ window: 9000 }, 128_000);
    expect(context_end).toBe('model');
    expect(context).toBeGreaterThan(9000 * 0.85);
    expect(context).toBeLessThanOrEqual(9000);
    expect(lengths.slice(0, 4)).toEqual([102_400, 51_200, 25_600, 12_800]);
    expect(lengths.length).toBeLessThanOrEqual(12);
  });
});
