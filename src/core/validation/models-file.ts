import { reservedField } from '../chat/reserved-fields.ts';
import { UsageError } from '../errors.ts';
import { given } from '../given.ts';
import { parseJsonFile } from '../json-file.ts';
import { parseDuration } from '../number.ts';
import { parseHeaders } from '../settings/headers.ts';
import type { Dialect } from './dialect.ts';
import { parseBound, VALUE_OF } from './limits.ts';
import { type ModelsFile, modelsFileSchema } from './models-schema.ts';
import { checkExpected, type OwnProbe } from './own-probe.ts';
import type { ModelDescription, Limits } from './plan.ts';
import { LIMIT_NAMES } from './report.ts';

const WHAT = 'a list of models to validate';

/** A model of the file. Its pictures are paths, relative to the file. */
export type FileModel = Omit<ModelDescription, 'own'> & { own: readonly OwnProbe<string>[] };

/**
 * @param name of the file, for messages
 * @throws UsageError `invalid_file` for what does not conform to the schema, a model or a probe of it
 *   that is named twice, a regular expression or a JSON Schema that is not one; `invalid_header`
 */
export async function parseModelsFile(text: string, name: string): Promise<FileModel[]> {
  const file = parseJsonFile(modelsFileSchema, text, name, WHAT);
  const models: FileModel[] = [];
  for (const [index, entry] of file.models.entries()) {
    const place = `models[${index}]`;
    const source = `${name}: ${place}.headers`;
    models.push({
      ...descriptionOf(entry, (what) => unfit(name, `${place}.${what}`)),
      dialect: dialectOf(entry, source),
      own: await ownProbes(entry, (what) => unfit(name, `${place}.own_probes${what}`)),
    });
  }
  const ids = models.map(({ model }) => model);
  const twice = firstTwice(ids);
  if (twice !== undefined) throw unfit(name, `the model ${twice} is described twice`);
  return models;
}

type Entry = ModelsFile['models'][number];

const firstTwice = (names: readonly string[]) =>
  names.find((name, index) => names.indexOf(name) !== index);

function descriptionOf(
  entry: Entry,
  wrong: (what: string) => UsageError,
): Omit<FileModel, 'own' | 'dialect'> {
  const { model, required = true, probes, long_tokens, limits = {} } = entry;
  const parsed = <T>(name: keyof Limits, parse: () => T): T => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw wrong(`limits.${name}: ${error.message}`);
    }
  };
  if (probes?.includes('own') === true && entry.own_probes === undefined) {
    throw wrong('probes: own needs own_probes');
  }
  const { timeout, retries, ...figures } = limits;
  const bounds = LIMIT_NAMES.flatMap((name) => {
    const texts = [figures[name] ?? []].flat();
    if (texts.length === 0) return [];
    const parse = () => texts.map((text) => parseBound(String(text), name, VALUE_OF[name]));
    return [[name, parsed(name, parse)] as const];
  });
  // A probe could not ask its question any more.
  const reserved = reservedField(entry.extra_body);
  if (reserved !== undefined) throw wrong(`extra_body must not hold ${reserved}`);
  return {
    model,
    ...given({ context: windowOf(entry) }),
    ...(entry.served_as !== undefined && { served_as: [entry.served_as].flat() }),
    required,
    probes: probes && { names: probes, ...given({ long_tokens }) },
    limits: {
      ...given({ retries }),
      ...(timeout !== undefined && {
        timeout: parsed('timeout', () => parseDuration(timeout)),
      }),
      ...Object.fromEntries(bounds),
    },
  };
}

/** A measurement that ended for want of tokens says only what the model holds at least. */
function windowOf({ claimed, measured }: Entry): number | undefined {
  const { context, context_end } = measured ?? {};
  const least = Math.max(context ?? 0, claimed?.context ?? 0);
  return context_end === 'model' ? context : least || undefined;
}

function dialectOf(entry: Entry, source: string): Dialect {
  const { headers, extra_body, max_tokens, max_tokens_field } = entry;
  const { thinking, stream_only, temperature, system_role } = entry;
  return given({
    extra_body,
    headers: headers && parseHeaders(headers, source),
    max_tokens,
    max_tokens_field,
    thinking,
    stream_only,
    temperature,
    system_role,
  });
}

async function ownProbes(
  { own_probes = [] }: Entry,
  wrong: (what: string) => UsageError,
): Promise<OwnProbe<string>[]> {
  const twice = firstTwice(own_probes.map(({ name }) => name));
  if (twice !== undefined) throw wrong(`: the probe ${twice} is described twice`);
  for (const [index, { expected }] of own_probes.entries()) {
    try {
      await checkExpected(expected);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw wrong(`[${index}].expected: ${error.message}`);
    }
  }
  return own_probes.map(({ name, prompt, system, pictures = [], expected }) => ({
    name,
    prompt,
    system,
    pictures,
    expected,
  }));
}

function unfit(name: string, what: string): UsageError {
  return new UsageError(`${name} is not ${WHAT}: ${what}`, { code: 'invalid_file' });
}
