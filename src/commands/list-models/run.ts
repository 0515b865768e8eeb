import { ApiError, UsageError } from '../../core/errors.ts';
import { knownModels, listModels } from '../../core/models/list.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import type { Table } from '../../terminal/table.ts';
import { createWriter } from '../../terminal/writer.ts';
import { connect } from '../connect.ts';
import type { Context } from '../context.ts';
import { loadVerdicts } from '../last-verdicts.ts';
import { notice } from '../notice.ts';
import type { ConnectionOptions } from '../options.ts';
import { type Filter, filterModels, parseAbilities } from './filter.ts';
import { detailTable, listJson, modelTable, type Shown } from './show.ts';

export interface ListModelsFlags extends ConnectionOptions {
  live?: boolean;
  known?: boolean;
  ability?: string[];
  details?: boolean;
  json?: boolean;
}

/**
 * @throws UsageError for a flag that cannot be used, ApiError when `--live` meets an endpoint
 *   without a list, and what `connect` and `listModels` throw
 */
export async function runListModels(
  context: Context,
  words: readonly string[],
  flags: ListModelsFlags,
): Promise<void> {
  const filter = parseFilter(words, flags);
  const list = flags.known ? known() : await ask(context, flags);
  const { models, undescribed } = filterModels(list.models, filter);
  if (!flags.json) {
    for (const text of noticesOf(list, models.length, undescribed)) notice(context, text);
  }
  const writer = createWriter(context.terminal.stdout);
  void writer.write(await render(context, flags, { ...list, models }));
  await writer.flush();
}

function parseFilter(words: readonly string[], { live = false, ability }: ListModelsFlags): Filter {
  if (words.includes('')) {
    throw new UsageError('An empty text is in every model', { code: 'empty_argument' });
  }
  return {
    live,
    abilities: parseAbilities(ability),
    words: words.map((word) => word.toLowerCase()),
  };
}

function known(): Shown {
  return { endpoint: undefined, live: false, notice: undefined, models: knownModels() };
}

async function ask(context: Context, flags: ListModelsFlags): Promise<Shown> {
  const { request, endpoint } = await connect(context, flags);
  const list = await listModels({ request, signal: context.signal });
  if (flags.live && !list.live) {
    throw new ApiError(`${new URL(endpoint).host} has no list of its models`, {
      code: 'no_model_list',
      hint: 'Without --live the known models are shown; validate-models -m asks any model.',
    });
  }
  return { endpoint, ...list };
}

function noticesOf({ notice: text }: Shown, shown: number, undescribed: number): string[] {
  const models = undescribed === 1 ? 'model is' : 'models are';
  return [
    ...(text === undefined ? [] : [text]),
    ...(undescribed > 0
      ? [`${undescribed} ${models} left out: nobody says what they can do.`]
      : []),
    ...(shown === 0 ? ['No model is left to show.'] : []),
  ];
}

async function render(context: Context, flags: ListModelsFlags, shown: Shown): Promise<string> {
  const { terminal, clock } = context;
  if (!flags.json && !flags.details) return formatted(terminal, flags, modelTable(shown));
  const verdictOf = await loadVerdicts(context, shown.endpoint);
  if (flags.json) return listJson(shown, verdictOf);
  return formatted(terminal, flags, detailTable(shown, verdictOf, clock.now()));
}

async function formatted(
  terminal: Terminal,
  { sanitize }: ListModelsFlags,
  table: Table,
): Promise<string> {
  if (table.rows.length === 0) return '';
  const { loadTableFormat } = await import('../../terminal/table.ts');
  const format = await loadTableFormat(terminal, { sanitize: sanitize === true });
  return format(table);
}
