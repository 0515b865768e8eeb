import { UsageError } from '../../core/errors.ts';
import { createUserFile } from '../../core/files/user-output.ts';
import { knownModel } from '../../core/qwen/known-models.ts';
import { claimsOf } from '../../core/validation/claims.ts';
import type { ModelDescription } from '../../core/validation/plan.ts';
import { stringify } from '../../terminal/sanitize.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { fetchList, idsOf, type Listing, noList, selectListed } from './listed-models.ts';

const DEFAULT_FILE = 'models.json';

/** Where an editor finds the schema in a project that depends on this package. */
const SCHEMA = './node_modules/qwen-demo/schemas/models.schema.json';

/**
 * Writes the models that the endpoint lists, or those that match, into a new file for `--file`.
 * @throws UsageError `file_exists`, `no_model_list`; StorageError `file_not_written`; AuthError,
 *   NetworkError or ApiError when the list cannot be fetched
 */
export async function writeModelsFile(
  wanted: string | true,
  names: readonly string[],
  context: Context,
  { idOf, ...at }: Omit<Listing, 'once'>,
): Promise<void> {
  const file = wanted === true ? DEFAULT_FILE : wanted;
  const patterns = names.map((name) => idsOf(name, idOf));
  const list = await fetchList(context, at);
  if (!list.live) throw noList();
  for (const text of list.notices) notice(context, text);
  const models = selectListed(context, list, {
    patterns,
    known: at.known,
    live: patterns.length === 0,
    embeddings: true,
  });
  const document = { $schema: SCHEMA, models: models.map(entryOf) };
  if (!(await createUserFile(file, `${stringify(document, 2)}\n`, context))) {
    throw new UsageError(`${file} is there already`, {
      code: 'file_exists',
      hint: 'Remove it first, or name another one: --init FILE',
    });
  }
  notice(context, `${file} now describes ${models.length} models. Use it with --file ${file}`);
}

function entryOf({ model, required, said }: ModelDescription) {
  const about = knownModel(model)?.about;
  const unknown =
    Object.keys(said?.abilities ?? {}).length > 0
      ? 'The probes are those of the abilities that the endpoint names'
      : 'The program does not know this model: add the probes that it must pass';
  return {
    model,
    required,
    comment: about ?? unknown,
    probes: claimsOf({ model, said }, undefined),
  };
}
