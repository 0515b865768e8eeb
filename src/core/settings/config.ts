import * as z from 'zod/mini';
import { UsageError } from '../errors.ts';
import { jsonBreaksAt } from '../json-position.ts';
import { didYouMean } from './nearest.ts';
import { requireProfileName } from './profile-name.ts';
import { type SettingKey, SETTINGS } from './table.ts';
import { DEEPEST, isTooDeep } from '../json.ts';

const text = z.optional(z.string());
const TYPES_OF_SETTINGS = {
  text,
  'text-or-number': z.optional(z.union([z.string(), z.number()])),
};

/** The JSON type of each setting in the table. Their values are checked when they are used. */
const settingTypes = Object.fromEntries(
  Object.entries(SETTINGS).map(([key, { json }]) => [key, TYPES_OF_SETTINGS[json]]),
) as { [K in SettingKey]: (typeof TYPES_OF_SETTINGS)[(typeof SETTINGS)[K]['json']] };

const profileSchema = z.strictObject({
  ...settingTypes,
  /** RFC 8707: one URI or several. */
  resource: z.optional(z.union([z.string(), z.array(z.string())])),
});

const configSchema = z.strictObject({
  $schema: text,
  profiles: z.optional(z.record(z.string(), profileSchema)),
});

/** The content of config.json. */
export type Config = z.infer<typeof configSchema>;

const CONFIG_KEYS = Object.keys(configSchema.shape);
const PROFILE_KEYS = Object.keys(profileSchema.shape);

/**
 * `config.json`, understood.
 * @param path for messages
 * @throws UsageError `invalid_config` naming the place of what is wrong
 */
export function parseConfig(json: string, path: string): Config {
  const value = parseJson(json, path);
  const { data, error } = configSchema.safeParse(value);
  if (error) throw invalid(path, error.issues.flatMap(describeIssue));
  for (const name of Object.keys(data.profiles ?? {})) requireProfileName(name, path);
  return data;
}

function parseJson(json: string, path: string): unknown {
  if (isTooDeep(json)) throw invalid(path, [`it is nested more than ${DEEPEST} levels deep`]);
  try {
    return JSON.parse(json);
  } catch (cause) {
    const { line, column } = jsonBreaksAt(json);
    throw new UsageError(`${path} is not JSON: line ${line}, column ${column}`, {
      code: 'invalid_config',
      hint: 'Look there for a missing or superfluous comma, quotation mark or bracket.',
      cause,
    });
  }
}

function invalid(path: string, problems: readonly string[]): UsageError {
  const [only] = problems;
  if (problems.length === 1) {
    return new UsageError(`${path}: ${only}`, { code: 'invalid_config' });
  }
  return new UsageError(`${path} holds ${problems.length} mistakes`, {
    code: 'invalid_config',
    hint: problems.join('\n'),
  });
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const place = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = issue.path.length === 0 ? CONFIG_KEYS : PROFILE_KEYS;
    return issue.keys.map((key) => {
      const where = place === '' ? '' : ` in ${place}`;
      return `unknown key "${key}"${where}${didYouMean(key, known)}`;
    });
  }
  return [`${place || 'it'} must be ${expected(issue)}`];
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  object: 'an object',
  record: 'an object',
};

function expected(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return TYPES[issue.expected] ?? issue.expected;
  return issue.path.at(-1) === 'resource'
    ? 'a string or a list of strings'
    : 'a string or a number';
}
