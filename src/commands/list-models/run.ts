import { ApiError, UsageError } from '../../core/errors.ts';
import { kindOf } from '../../core/models/kind.ts';
import { type ListedModel, knownModels, listModels } from '../../core/models/list.ts';
import { DEFAULT_ENDPOINT } from '../../core/qwen/endpoint.ts';
import { ABILITIES, type Ability } from '../../core/qwen/models.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import type { Table } from '../../terminal/table.ts';
import { createWriter } from '../../terminal/writer.ts';
import { connect, settingsOf } from '../connect.ts';
import { knownAt } from '../known-models.ts';
import type { Context } from '../context.ts';
import { keepModels } from '../last-models.ts';
import { loadVerdicts } from '../last-verdicts.ts';
import { notice } from '../notice.ts';
import type { ConnectionOptions } from '../options.ts';
import { type Field, fieldTable, orderOf, parseFields } from './fields.ts';
import { detailTable, listJson, modelTable, overviewTable, type Shown } from './show.ts';
import { secretsOfRun } from '../secrets.ts';

/** The flags, under commander's names. */
export interface ListModelsFlags extends ConnectionOptions {
  live?: boolean;
  known?: boolean;
  ability?: string[];
  details?: boolean;
  fields?: string;
  sort?: string;
  json?: boolean;
}

/**
 * `qwen-demo list-models`.
 * @throws UsageError `empty_argument`, `unknown_ability` or `unknown_field`; ApiError `no_model_list` for `--live` at
 *   an endpoint without a model list; the errors of {@link connect} and {@link listModels}
 */
export async function runListModels(
  context: Context,
  words: readonly string[],
  flags: ListModelsFlags,
): Promise<void> {
  const filter = parseFilter(words, flags);
  const fields = flags.fields === undefined ? undefined : parseFields(flags.fields);
  const order = orderOf(flags.sort, context.terminal.stdout.isTTY === true);
  const list = await (flags.known ? known(context, flags) : ask(context, flags));
  const { models: found, undescribed } = filterModels(list.models, filter);
  const models = order === undefined ? found : found.toSorted(order);
  if (!flags.json) {
    for (const text of noticesOf(list, models.length, undescribed)) notice(context, text);
  }
  const writer = createWriter(context.terminal.stdout);
  void writer.write(await render(context, flags, { ...list, models }, fields));
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

/** What is known at the place that the settings name, without a request. */
async function known(context: Context, flags: ListModelsFlags): Promise<Shown> {
  const settings = await settingsOf(context, flags);
  const { auth, model } = settings;
  const endpoint = auth.method === 'api-key' ? auth.endpoint.value : DEFAULT_ENDPOINT;
  return {
    endpoint: undefined,
    live: false,
    notices: [],
    models: knownModels(knownAt(settings, endpoint)),
    default_model: model.value,
  };
}

async function ask(context: Context, flags: ListModelsFlags): Promise<Shown> {
  const { settings, request, endpoint } = await connect(context, flags);
  const known = knownAt(settings, endpoint);
  const all = await listModels({ request, known, signal: context.signal });
  const list = secretsOfRun(context).redactIn(all);
  await keepModels(context, endpoint, list);
  if (flags.live && !list.live) {
    throw new ApiError(`${new URL(endpoint).host} has no list of its models`, {
      code: 'no_model_list',
      hint: 'Without --live the known models are shown; validate-models -m asks any model.',
    });
  }
  return { endpoint, ...list, default_model: settings.model.value };
}

function noticesOf({ notices }: Shown, shown: number, undescribed: number): string[] {
  const models = undescribed === 1 ? 'model is left out: its' : 'models are left out: their';
  return [
    ...notices,
    ...(undescribed > 0 ? [`${undescribed} ${models} abilities are unknown.`] : []),
    ...(shown === 0 ? ['No model is left to show.'] : []),
  ];
}

async function render(
  context: Context,
  flags: ListModelsFlags,
  shown: Shown,
  fields: readonly Field[] | undefined,
): Promise<string> {
  const { terminal, clock } = context;
  const atTerminal = terminal.stdout.isTTY === true;
  const plain = !flags.json && !flags.details && !fields;
  if (plain && !atTerminal) return formatted(terminal, flags, modelTable(shown));
  const verdictOf = await loadVerdicts(context, shown.endpoint);
  if (flags.json) return listJson(shown, verdictOf);
  const now = clock.now();
  if (fields) return formatted(terminal, flags, fieldTable(shown, fields, verdictOf, now));
  const grouped = atTerminal && (flags.sort ?? 'kind') === 'kind';
  const table = plain
    ? overviewTable(shown, { grouped, verdictOf, now })
    : detailTable(shown, { grouped, verdictOf, now });
  return formatted(terminal, flags, table);
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

/** Which models are shown: those that match every field. */
interface Filter {
  live: boolean;
  abilities: readonly Ability[];
  /** In lower case. */
  words: readonly string[];
}

/** The values of `--ability`. @throws UsageError `unknown_ability` */
function parseAbilities(lists: readonly string[] = []): Ability[] {
  const names = lists.flatMap((list) => list.split(',')).map((name) => name.trim());
  return names.map((name) => {
    const ability = ABILITIES.find((known) => known === name);
    if (ability !== undefined) return ability;
    throw new UsageError(`--ability: there is no ability "${name}"`, {
      code: 'unknown_ability',
      choice: { given: name, among: ABILITIES },
      hint: `One or more of ${ABILITIES.join(', ')}, separated by commas.`,
    });
  });
}

interface Filtered {
  models: ListedModel[];
  /** The number of models that are left out because their abilities are not known. */
  undescribed: number;
}

function filterModels(all: readonly ListedModel[], { live, abilities, words }: Filter): Filtered {
  const named = all
    .filter(({ source }) => !live || source !== 'known')
    .filter((model) => words.every((word) => textOf(model).includes(word)));
  const models = named.filter((model) =>
    abilities.every((ability) => model.abilities?.value.includes(ability)),
  );
  const silent = named.filter((model) => model.abilities === undefined);
  return { models, undescribed: abilities.length === 0 ? 0 : silent.length };
}

function textOf(model: ListedModel): string {
  return [model.id, kindOf(model), model.known?.about ?? ''].join('\n').toLowerCase();
}
