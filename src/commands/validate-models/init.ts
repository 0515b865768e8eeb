import { existsSync } from 'node:fs';
import { UsageError } from '../../core/errors.ts';
import { refuseFolder } from '../../core/files/open-output.ts';
import { createUserFile } from '../../core/files/user-output.ts';
import { given } from '../../core/given.ts';
import { knownContext, knownModel } from '../../core/qwen/known-models.ts';
import { ABILITIES } from '../../core/qwen/models.ts';
import { claimsOf } from '../../core/validation/claims.ts';
import type { Measured } from '../../core/validation/discover.ts';
import type { ModelDescription } from '../../core/validation/plan.ts';
import { stringify } from '../../terminal/sanitize.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import type { ValidateModelsFlags } from './flags.ts';
import { fetchList, idsOf, noList, selectListed } from './listed-models.ts';
import type { ValidationConnection } from './connection.ts';

const DEFAULT_FILE = 'models.json';

/** Where an editor finds the schema in a project that depends on this package. */
const SCHEMA = './node_modules/qwen-demo/schemas/models.schema.json';

/**
 * Writes the models that the endpoint lists, or those that match, into a new file for `--file`: what
 * is claimed of each, and with `--discover` what was measured.
 * @throws UsageError `file_exists`, `no_model_list`; StorageError `file_not_written`; AuthError,
 *   NetworkError or ApiError when the list cannot be fetched or no model can be measured
 */
export async function writeModelsFile(
  names: readonly string[],
  context: Context,
  flags: ValidateModelsFlags,
  { idOf, ...connection }: ValidationConnection,
): Promise<void> {
  const file = fileOf(flags);
  await refuseFolder(file);
  // Measuring costs tokens: a file that is there already has to show before.
  if (flags.discover !== undefined && existsSync(file)) throw exists(file);
  const patterns = names.map((name) => idsOf(name, idOf));
  const { known } = connection;
  const list = await fetchList(context, connection);
  if (!list.live) throw noList();
  for (const text of list.notices) notice(context, text);
  const live = patterns.length === 0;
  const models = selectListed(context, list, { patterns, known, live, embeddings: true });
  const measured = await measuredOf(models, context, flags, { idOf, ...connection });
  const on = new Date(context.clock.now()).toISOString().slice(0, 10);
  const entries = models.map((model) => entryOf(model, measured.get(model.model), on));
  const document = { $schema: SCHEMA, models: entries };
  if (!(await createUserFile(file, `${stringify(document, 2)}\n`, context))) throw exists(file);
  for (const entry of entries) for (const text of falseClaims(entry)) notice(context, text);
  const count = models.length === 1 ? '1 model' : `${models.length} models`;
  notice(context, `${file} now describes ${count}. Use it with --file ${file}`);
}

/** @throws UsageError `file_exists` when the two flags name two files */
function fileOf({ init, discover }: ValidateModelsFlags): string {
  const named = [init, discover].filter((file) => typeof file === 'string');
  const [file = DEFAULT_FILE, other = file] = named;
  if (other === file) return file;
  const hint = 'Name it once: --discover FILE';
  throw new UsageError(`--init ${file} and --discover ${other} name two files`, {
    code: 'two_files',
    hint,
  });
}

function exists(file: string): UsageError {
  return new UsageError(`${file} is there already`, {
    code: 'file_exists',
    hint: 'Remove it first, or name another one: --init FILE',
  });
}

async function measuredOf(
  models: readonly ModelDescription[],
  context: Context,
  flags: ValidateModelsFlags,
  connection: ValidationConnection,
): Promise<ReadonlyMap<string, Measured>> {
  if (flags.discover === undefined) return new Map();
  const { measureModels } = await import('./discover.ts');
  return measureModels(models, context, flags, connection);
}

type Entry = ReturnType<typeof entryOf>;

function entryOf(description: ModelDescription, measured: Measured | undefined, on: string) {
  const { model, required, said } = description;
  const claims = claimsOf({ model, said }, undefined);
  const context = said?.context ?? knownContext(model);
  const { dialect, ...found } = measured ?? {};
  const about = knownModel(model)?.about;
  return {
    model,
    required,
    comment: about ?? commentOf(said, measured),
    claimed: given({ abilities: ABILITIES.filter((name) => claims.includes(name)), context }),
    ...(measured && { measured: { on, ...(found as Omit<Measured, 'dialect'>) } }),
    probes: measured && measured.able.length > 0 ? measured.able : claims,
    ...dialect,
  };
}

function commentOf(said: ModelDescription['said'], measured: Measured | undefined): string {
  if (measured !== undefined && measured.able.length > 0)
    return 'The probes are those that it passed';
  return Object.keys(said?.abilities ?? {}).length > 0
    ? 'The probes are those of the abilities that the endpoint names'
    : 'The program does not know this model: add the probes that it must pass';
}

/** What is claimed and was measured otherwise, in sentences. */
function falseClaims({ model, claimed, measured }: Entry): string[] {
  if (measured === undefined) return [];
  const missing = claimed.abilities.filter((ability) => measured.unable.includes(ability));
  const { context, context_end } = measured;
  const short =
    claimed.context !== undefined && context !== undefined && context_end === 'model'
      ? claimed.context > context * LENIENCE
      : false;
  return [
    ...missing.map((ability) => `${model} claims ${ability}, and did not pass it.`),
    ...(short ? [`${model} claims ${claimed.context} tokens, and reads ${context}.`] : []),
  ];
}

/** The measured window is that of a text, which needs space for the answer beside it. */
const LENIENCE = 1.5;
