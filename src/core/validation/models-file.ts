import * as z from 'zod/mini';
import { parseDuration } from '../number.ts';
import { UsageError } from '../errors.ts';
import { given } from '../given.ts';
import { parseJsonFile } from '../json-file.ts';
import { DEFAULT_LONG, type ModelDescription, type Limits } from './plan.ts';
import { PROBE_NAMES } from './report.ts';

/** Attaches the description of a field for the published JSON Schema. */
type Describe = <T extends z.ZodMiniType>(type: T, description: string) => T;

const described: Describe = (type, description) => {
  z.globalRegistry.add(type, { description });
  return type;
};

const DURATION = /^\d+(\.\d+)?(ms|s|m|h)?$/;
const EXAMPLES = 'a duration such as 500ms, 30s or 2m';

const duration = (description: string) =>
  z.optional(described(z.string().check(z.regex(DURATION, EXAMPLES)), description));
const comment = z.optional(described(z.string(), 'A note for readers. The program ignores it.'));

const limitsSchema = z.strictObject({
  timeout: duration(
    'The time limit for all probes together: 500ms, 30s, 2m; a number without a unit is in seconds.',
  ),
  max_ttft: duration('The time limit for the first token.'),
  max_latency: duration('The time limit for the complete answer to the first probe.'),
  min_tokens_per_second: z.optional(
    described(z.number().check(z.positive()), 'The lowest output speed, in tokens per second.'),
  ),
  retries: z.optional(
    described(
      z.int().check(z.minimum(0), z.maximum(10)),
      'How many times a probe that does not pass is repeated.',
    ),
  ),
});

const modelSchema = z.strictObject({
  model: described(z.string().check(z.minLength(1)), 'The id of the model.'),
  required: z.optional(
    described(z.boolean(), 'Whether the run fails when this model fails. Default: true.'),
  ),
  comment,
  probes: z.optional(
    described(
      z.array(z.enum(PROBE_NAMES)).check(z.minLength(1)),
      'The probes to run. Default: the abilities that the program knows of this model.',
    ),
  ),
  long_tokens: z.optional(
    described(
      z.int().check(z.minimum(1000), z.maximum(1_000_000)),
      'The length of the text of the probe long, in tokens. Default: 8000.',
    ),
  ),
  limits: z.optional(
    described(
      limitsSchema,
      'Limits for this model. They take precedence over those of the command line.',
    ),
  ),
});

/** What `--file` reads; published as `schemas/models.schema.json`. */
export const modelsFileSchema = described(
  z.strictObject({
    $schema: z.optional(described(z.string(), 'The path or URL of this schema.')),
    comment,
    models: z.array(modelSchema).check(z.minLength(1)),
  }),
  'The models that qwen-demo validate-models tests, and what it expects of them.',
);

const WHAT = 'a list of models to validate';

type ModelsFile = z.infer<typeof modelsFileSchema>;

/**
 * @param name of the file, for messages
 * @throws UsageError for what does not conform to the schema, and for a model that is named twice
 */
export function parseModelsFile(text: string, name: string): ModelDescription[] {
  const file = parseJsonFile(modelsFileSchema, text, name, WHAT);
  const models = file.models.map((entry, index) =>
    descriptionOf(entry, (what) => unfit(name, `models[${index}].${what}`)),
  );
  const ids = models.map(({ model }) => model);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw unfit(name, `the model ${twice} is described twice`);
  return models;
}

type Entry = ModelsFile['models'][number];

function descriptionOf(entry: Entry, wrong: (what: string) => UsageError): ModelDescription {
  const { model, required = true, probes, long_tokens = DEFAULT_LONG, limits = {} } = entry;
  const ms = (name: 'timeout' | 'max_ttft' | 'max_latency'): Partial<Limits> => {
    const text = limits[name];
    if (text === undefined) return {};
    try {
      return { [name]: parseDuration(text) };
    } catch {
      throw wrong(`limits.${name}: a duration is at least 1 ms and at most 24 days long`);
    }
  };
  const { min_tokens_per_second, retries } = limits;
  return {
    model,
    required,
    probes: probes && { names: probes, long_tokens },
    limits: {
      ...ms('timeout'),
      ...ms('max_ttft'),
      ...ms('max_latency'),
      ...given({ min_tokens_per_second, retries }),
    },
  };
}

function unfit(name: string, what: string): UsageError {
  return new UsageError(`${name} is not ${WHAT}: ${what}`, { code: 'invalid_file' });
}
