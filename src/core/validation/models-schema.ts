import * as z from 'zod/mini';
import { MAX_TOKENS_FIELDS, SYSTEM_ROLES, THINKING_DIALECTS } from './dialect.ts';
import { ABILITIES } from '../qwen/models.ts';
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
const text = () => z.string().check(z.minLength(1));
const texts = (description: string) =>
  described(z.union([text(), z.array(text()).check(z.minLength(1))]), description);
/** A duration, behind the probe and the statistic that it is for. */
const BOUND = /^([a-z0-9-]+[:=]){0,2}\d+(\.\d+)?(ms|s|m|h)?$/;
const bound = () => z.string().check(z.regex(BOUND, 'a limit such as 2s, p95=2s or chat:2s'));
const bounds = (description: string) =>
  z.optional(described(z.union([bound(), z.array(bound()).check(z.minLength(1))]), description));
const comment = z.optional(described(z.string(), 'A note for readers. The program ignores it.'));

const limitsSchema = z.strictObject({
  timeout: duration(
    'The time limit for all probes together: 500ms, 30s, 2m; a number without a unit is in seconds.',
  ),
  max_ttft: bounds(
    'The time limit for the first token of every probe, or of one: 2s, p95=2s, chat:2s, chat:p95=2s.',
  ),
  max_latency: bounds('The time limit for a complete answer, of every probe or of one.'),
  min_tokens_per_second: z.optional(
    described(
      z.union([z.number().check(z.positive()), text(), z.array(text()).check(z.minLength(1))]),
      'The lowest output speed, in tokens per second: 20, "p95=20", "stream:20".',
    ),
  ),
  retries: z.optional(
    described(
      z.int().check(z.minimum(0), z.maximum(10)),
      'How many times a probe that does not pass is repeated.',
    ),
  ),
});

const anything = z.record(z.string(), z.unknown());

const expectedSchema = z.strictObject({
  equals: z.optional(texts('The whole answer; several texts: one of them.')),
  contains: z.optional(texts('A part of the answer; several texts: all of them.')),
  regex: z.optional(
    described(text(), 'A regular expression of JavaScript; (?i) before it ignores case.'),
  ),
  schema: z.optional(described(anything, 'A JSON Schema that the answer conforms to.')),
  number: z.optional(described(z.number(), 'The last number of the answer.')),
  within: z.optional(
    described(z.number().check(z.minimum(0)), 'How far the number may be off. Default: 0.'),
  ),
});

const ownProbeSchema = z.strictObject({
  name: described(
    z.string().check(z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'words in lower case with hyphens')),
    'The name of the check in reports, after own/: words with hyphens.',
  ),
  comment,
  prompt: described(text(), 'The question.'),
  system: z.optional(described(text(), 'The system text.')),
  pictures: z.optional(
    described(
      z.array(text()).check(z.minLength(1)),
      'Pictures of the question: paths that begin in the folder of this file, or https URLs.',
    ),
  ),
  expected: described(
    expectedSchema,
    'What the answer has to be: one of equals, contains, regex, schema and number.',
  ),
});

const dialectFields = {
  extra_body: z.optional(
    described(anything, 'Further fields of every request; null leaves out a field of a probe.'),
  ),
  headers: z.optional(
    described(
      z.record(z.string(), z.string()),
      'Further headers of every request, by name. None that carries a key.',
    ),
  ),
  max_tokens: z.optional(
    described(
      z.int().check(z.minimum(1), z.maximum(1_000_000)),
      'Tokens that an answer may have. Default: 2048.',
    ),
  ),
  max_tokens_field: z.optional(
    described(z.enum(MAX_TOKENS_FIELDS), 'The field of that limit. Default: max_tokens.'),
  ),
  thinking: z.optional(
    described(
      z.enum(THINKING_DIALECTS),
      'The field that switches thinking on and off; none: nothing does. Default: enable_thinking and chat_template_kwargs together.',
    ),
  ),
  stream_only: z.optional(
    described(z.boolean(), 'Whether the model answers only streamed requests. Default: false.'),
  ),
  temperature: z.optional(
    described(
      z.number().check(z.minimum(0), z.maximum(2)),
      'The temperature of every request. Default: that of the server.',
    ),
  ),
  system_role: z.optional(
    described(
      z.enum(SYSTEM_ROLES),
      'The role of a system text: user puts it before the question, none leaves it out. Default: system.',
    ),
  ),
};

const known = {
  context: z.optional(described(z.int().check(z.minimum(1)), 'Tokens that it holds.')),
};

const claimedSchema = z.strictObject({
  abilities: z.optional(z.array(z.enum(ABILITIES))),
  ...known,
});

const measuredSchema = z.strictObject({
  on: described(
    z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/, 'a day such as 2026-12-31')),
    'The day.',
  ),
  able: described(z.array(z.enum(PROBE_NAMES)), 'The probes that it passed.'),
  unable: described(z.array(z.enum(PROBE_NAMES)), 'The probes that it did not pass.'),
  thinking: z.optional(
    described(z.array(z.enum(THINKING_DIALECTS)), 'The fields that switch its thinking.'),
  ),
  ...known,
  context_end: z.optional(
    described(
      z.enum(['model', 'budget']),
      'Why no longer text was read: the model does not hold it, or the tokens to spend were too few.',
    ),
  ),
  reason: z.optional(described(z.string(), 'Why nothing more was measured.')),
});

const modelSchema = z.strictObject({
  model: described(text(), 'The id of the model.'),
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
  served_as: z.optional(
    texts('Names and globs that stand for this model in the answers of the server.'),
  ),
  own_probes: z.optional(
    described(
      z.array(ownProbeSchema).check(z.minLength(1)),
      'Your own questions to this model. Each is a check of the probe own.',
    ),
  ),
  ...dialectFields,
  claimed: z.optional(
    described(claimedSchema, 'What the endpoint or the program said of it, by --init.'),
  ),
  measured: z.optional(described(measuredSchema, 'What real requests showed, by --discover.')),
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

/** The contents of a models file. */
export type ModelsFile = z.infer<typeof modelsFileSchema>;
