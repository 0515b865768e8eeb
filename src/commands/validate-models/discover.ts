import type { QwenDemoError } from '../../core/errors.ts';
import { discover, type Measured } from '../../core/validation/discover.ts';
import type { ModelDescription, PlannedModel } from '../../core/validation/plan.ts';
import { validateModels } from '../../core/validation/run.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import type { ValidateModelsFlags } from './flags.ts';
import type { ValidationConnection } from './connection.ts';

/** Tokens for the window of one model, unless --max-tokens-spent says how many all may cost. */
const WINDOW_TOKENS = 50_000;

/**
 * Measures every model with real requests, several at a time, and says what each can do.
 * @throws the error of the first model when none could be measured; the signal's reason
 */
export async function measureModels(
  models: readonly ModelDescription[],
  context: Context,
  flags: ValidateModelsFlags,
  connection: ValidationConnection,
): Promise<Map<string, Measured>> {
  const { default: pLimit } = await import('p-limit');
  const { QwenDemoError: Known } = await import('../../core/errors.ts');
  const spending = { left: flags.maxTokensSpent ?? Infinity };
  const measured = new Map<string, Measured>();
  const errors: QwenDemoError[] = [];
  await pLimit(flags.concurrency).map(models, async (description) => {
    const { model } = description;
    try {
      const found = await measureModel(description, context, flags, connection, spending);
      measured.set(model, found);
      notice(context, `[${measured.size}/${models.length}] ${model}: ${summaryOf(found)}`);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof Known)) throw error;
      errors.push(error);
      measured.set(model, { ...NOTHING, reason: error.message });
    }
  });
  if (errors[0] !== undefined && errors.length === models.length) throw errors[0];
  return measured;
}

const NOTHING: Measured = { able: [], unable: [], thinking: [], dialect: {} };

function measureModel(
  description: ModelDescription,
  context: Context,
  flags: ValidateModelsFlags,
  connection: ValidationConnection,
  spending: { left: number },
): Promise<Measured> {
  const { clock, random, signal } = context;
  let window_left = flags.maxTokensSpent === undefined ? WINDOW_TOKENS : Infinity;
  const run = async (candidate: PlannedModel) => {
    const { left } = spending;
    const report = await validateModels({
      ...connection,
      candidates: [candidate],
      probes: candidate.claims,
      seed: flags.seed ?? Buffer.from(random.bytes(4)).toString('hex'),
      concurrency: 1,
      repeat: 1,
      min_pass_rate: 1,
      deadline: flags.deadline,
      max_tokens_spent: left === Infinity ? undefined : Math.max(1, left),
      fail_fast: false,
      live: false,
      shard: undefined,
      clock,
      random,
      // Each run listens to its signal: one for all would gather listeners.
      signal: AbortSignal.any([signal]),
    });
    signal.throwIfAborted();
    const { prompt_tokens, completion_tokens } = report.tokens;
    spending.left -= prompt_tokens + completion_tokens;
    if (candidate.claims.includes('long')) window_left -= prompt_tokens + completion_tokens;
    const [result] = report.models;
    if (result === undefined) throw new Error('a run without its model');
    return result;
  };
  return discover(description, { run, left: () => Math.min(window_left, spending.left) });
}

function summaryOf({ able, context, context_end, reason }: Measured): string {
  if (reason !== undefined) return `not measured: ${reason}`;
  const window =
    context === undefined
      ? 'no window measured'
      : `reads ${context_end === 'budget' ? 'at least ' : ''}${context} tokens`;
  return `passes ${able.join(', ')}; ${window}`;
}
