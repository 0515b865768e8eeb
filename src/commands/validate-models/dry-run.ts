import { QwenDemoError, UsageError } from '../../core/errors.ts';
import { type DryModel, rehearse } from '../../core/validation/dry-run.ts';
import type { ValidationPlan } from '../../core/validation/plan.ts';
import { isExclusion, isGlob } from '../../core/validation/select-models.ts';
import { loadTableFormat, type Table } from '../../terminal/table.ts';
import { stringify } from '../../terminal/sanitize.ts';
import { createWriter } from '../../terminal/writer.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import type { ValidateModelsFlags } from './flags.ts';
import type { ModelFlags } from './model-flags.ts';

/**
 * The plan that the endpoint's list gives. Where no flag needs the list, a plan does without it, so
 * that no login and no network are needed.
 * @throws the errors of `with_list`
 */
export async function withoutConnection(
  with_list: () => Promise<ValidationPlan>,
  without: () => ValidationPlan,
  { live, described, patterns }: ModelFlags,
): Promise<ValidationPlan> {
  const globs = patterns.some((pattern) => isGlob(pattern) || isExclusion(pattern));
  try {
    return await with_list();
  } catch (error) {
    if (!(error instanceof QwenDemoError) || error instanceof UsageError) throw error;
    if (live || (described === undefined && globs)) throw error;
    return without();
  }
}

/** Prints what a run with these flags would ask, as a table or as one JSON document. */
export async function showPlan(
  plan: ValidationPlan,
  context: Context,
  { repeat, json, sanitize }: ValidateModelsFlags,
  about: { endpoint: string; seed: string },
): Promise<void> {
  const { terminal } = context;
  const models = await rehearse(plan, { seed: about.seed, repeat });
  const requests = models.reduce((sum, model) => sum + model.requests, 0);
  const tokens = models.reduce((sum, model) => sum + model.tokens, 0);
  const writer = createWriter(terminal.stdout);
  if (json === true) {
    void writer.write(`${stringify({ version: 1, ...about, models, requests, tokens }, 2)}\n`);
  } else {
    const format = await loadTableFormat(terminal, { sanitize: sanitize === true });
    void writer.write(format(planTable(models)));
  }
  await writer.flush();
  const count = models.length === 1 ? '1 model' : `${models.length} models`;
  const asked = requests === 1 ? '1 request' : `${requests} requests`;
  notice(context, `${count}, ${asked}, about ${tokens} tokens; nothing was asked.`);
}

function planTable(models: readonly DryModel[]): Table {
  return {
    titles: ['MODEL', 'NEED', 'REQUESTS', 'TOKENS', 'PROBES'],
    rows: models.map(({ model, required, requests, tokens, probes }) => [
      { text: model },
      { text: required ? 'required' : 'optional' },
      { text: `${requests}` },
      { text: `${tokens}` },
      { text: probes.map(({ probe, full }) => (full ? `${probe} (full)` : probe)).join(', ') },
    ]),
  };
}
