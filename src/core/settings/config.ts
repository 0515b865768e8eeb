import * as z from 'zod/mini';
import { UsageError } from '../errors.ts';
import { describeIssue, parseJsonText, recordOf } from '../json-file.ts';
import { requireProfileName } from './files.ts';
import { LIST_KEYS, type ListKey, type SettingKey, SETTINGS } from './definitions.ts';

const text = z.optional(z.string());
const TYPES_OF_SETTINGS = {
  text,
  'text-or-number': z.optional(z.union([z.string(), z.number()])),
  boolean: z.optional(z.boolean()),
};

/** The JSON type of each setting in the table. Their values are checked when they are used. */
const settingTypes = Object.fromEntries(
  Object.entries(SETTINGS).map(([key, { json }]) => [key, TYPES_OF_SETTINGS[json]]),
) as { [K in SettingKey]: (typeof TYPES_OF_SETTINGS)[(typeof SETTINGS)[K]['json']] };

/** One value or several. */
const list = z.optional(z.union([z.string(), z.array(z.string())]));
const listTypes = Object.fromEntries(LIST_KEYS.map((key) => [key, list])) as {
  [K in ListKey]: typeof list;
};

/** Names for models. */
const models = z.optional(
  recordOf(z.string().check(z.minLength(1)), z.string().check(z.minLength(1))),
);

const profileSchema = z.strictObject({
  ...settingTypes,
  ...listTypes,
  headers: z.optional(z.union([z.string(), z.array(z.string()), z.record(z.string(), z.string())])),
  models,
  from_login: z.optional(z.array(z.string())),
});

const configSchema = z.strictObject({
  $schema: text,
  default_profile: text,
  models,
  profiles: z.optional(z.record(z.string(), profileSchema)),
});

/** The content of config.json. */
export type Config = z.infer<typeof configSchema>;

const CONFIG_KEYS = Object.keys(configSchema.shape);
/** The keys that a profile can have. */
export const PROFILE_KEYS: readonly string[] = Object.keys(profileSchema.shape);

/**
 * Parses and checks config.json.
 * @param path for messages
 * @throws UsageError `invalid_config`, which names every wrong field; `invalid_profile_name`
 */
export function parseConfig(json: string, path: string): Config {
  const written = parseJsonText(json, path, 'invalid_config');
  const { data, error } = configSchema.safeParse(written);
  if (error) {
    const known = (depth: number) => (depth === 0 ? CONFIG_KEYS : PROFILE_KEYS);
    throw invalid(
      path,
      error.issues.flatMap((issue) => describeIssue(issue, written, known(issue.path.length))),
    );
  }
  for (const name of Object.keys(data.profiles ?? {})) requireProfileName(name, path);
  if (data.default_profile !== undefined) requireProfileName(data.default_profile, path);
  return data;
}

/** With the error and the number of the others they take ten lines. */
const MOST_TOLD = 8;

function invalid(path: string, problems: readonly string[]): UsageError {
  const [only] = problems;
  if (problems.length === 1) {
    return new UsageError(`${path}: ${only}`, { code: 'invalid_config' });
  }
  return new UsageError(`${path} holds ${problems.length} mistakes`, {
    code: 'invalid_config',
    hint: [
      ...problems.slice(0, MOST_TOLD),
      ...(problems.length > MOST_TOLD ? [`... and ${problems.length - MOST_TOLD} more`] : []),
    ].join('\n'),
  });
}
