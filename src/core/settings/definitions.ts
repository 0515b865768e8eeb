import {
  type NumberRule,
  parseDuration,
  parseNumber,
  parseSize,
  wholeNumberRule,
} from '../number.ts';
import { UsageError } from '../errors.ts';
import {
  type Environment,
  fromEnvironment,
  fromFlag,
  requireUnquoted,
  type Sourced,
  strongest,
} from './layers.ts';

/** One row of the table of settings. */
interface Row<T> {
  /** The environment variables that give it, the strongest first. */
  variables: readonly string[];
  /** Its type in config.json. */
  json: keyof JsonTypes;
  /**
   * Reads and checks a text.
   * @param source for the message: `--store`, `QWEN_DEMO_AUTH`, `profile work: store`
   * @throws UsageError that begins with `source`
   */
  parse(text: string, source: string): T;
}

/** How the API is reached: with a login, or with an API key. */
export const AUTH_METHODS = ['oauth', 'api-key'] as const;
/** Where secrets are stored. */
export const STORES = ['file', 'keyring'] as const;
/** See `STORES`. */
export type StoreKind = (typeof STORES)[number];

/** Bytes. A string of JavaScript has at most 2^29 characters, and JSON escapes some of them. */
const MOST_ANSWER = 256 * 1024 * 1024;
/** Also of the option of the library. */
export const MAX_RETRIES = wholeNumberRule(0, 99, 'invalid_max_retries');

/**
 * The settings that a flag, variables and a profile of config.json can give. The flag of `client_id`
 * is `--client-id`, commander's name for it is `clientId`. A new setting needs a row here and its
 * flag in commands/options.ts.
 */
export const SETTINGS = {
  auth: { ...text('QWEN_DEMO_AUTH'), parse: oneOf(AUTH_METHODS, 'invalid_auth') },
  // Checked by planEndpoint: which regions exist depends on the plan.
  plan: text(),
  region: text(),
  workspace: text(),
  // Checked by parseEndpoint.
  base_url: text('OPENAI_BASE_URL', 'OPENAI_API_BASE', 'DASHSCOPE_BASE_URL'),
  allow_http: { variables: ['QWEN_DEMO_ALLOW_HTTP'], json: 'boolean', parse: yesOrNo },
  model: text('QWEN_DEMO_MODEL', 'OPENAI_MODEL', 'QWEN_MODEL'),
  issuer: text('QWEN_DEMO_ISSUER'),
  client_id: text('QWEN_DEMO_CLIENT_ID'),
  scope: text('QWEN_DEMO_SCOPE'),
  // Checked with the issuer, when somebody signs in.
  device_endpoint: text(),
  token_endpoint: text(),
  credentials: text('QWEN_DEMO_CREDENTIALS'),
  read_only_credentials: trueOrFalse('QWEN_DEMO_READ_ONLY_CREDENTIALS'),
  store: { ...text(), parse: oneOf(STORES, 'invalid_setting') },
  user_agent: { ...text('QWEN_DEMO_USER_AGENT'), parse: fieldValue },
  temperature: parameter('a number from 0 to 2', (value) => value >= 0 && value <= 2),
  top_p: parameter('a number above 0, up to 1', (value) => value > 0 && value <= 1),
  max_tokens: parameter(
    'a whole number from 1',
    (value) => Number.isSafeInteger(value) && value >= 1,
  ),
  thinking: trueOrFalse(),
  raw_thinking: trueOrFalse('QWEN_DEMO_RAW_THINKING'),
  system: text(),
  markdown: trueOrFalse(),
  stream: trueOrFalse(),
  usage: trueOrFalse(),
  // Checked by parseKeyHeader.
  api_key_header: text('QWEN_DEMO_API_KEY_HEADER'),
  timeout: { ...textOrNumber('QWEN_DEMO_TIMEOUT'), parse: parseDuration },
  max_retries: {
    ...textOrNumber('QWEN_DEMO_MAX_RETRIES'),
    parse: (value: string, source: string) => parseNumber(value, source, MAX_RETRIES),
  },
  max_answer: {
    ...textOrNumber('QWEN_DEMO_MAX_ANSWER'),
    parse: (value: string, source: string) => parseSize(value, source, MOST_ANSWER),
  },
} as const satisfies Record<string, Row<unknown>>;

/** The key of a setting, as in config.json. */
export type SettingKey = keyof typeof SETTINGS;

/**
 * The settings with several values, of a flag or a profile: the APIs that a login is for (RFC 8707),
 * the hosts that an issuer may have its endpoints on, more fields for its requests, and the models that
 * are asked when one is unavailable.
 */
export const LIST_KEYS = ['resource', 'trust_host', 'param', 'fallback_models'] as const;
/** See `LIST_KEYS`. */
export type ListKey = (typeof LIST_KEYS)[number];

/** More headers: of `--header`, of the variables, and under `headers` in a profile. */
export const HEADERS = { variables: ['QWEN_DEMO_HEADERS'] } as const;
/** `Name: value`, several of them, or an object of names and values. */
export type HeaderValues = string | string[] | Record<string, string>;

/** Names of the user for models, and the ids that they stand for. */
export type ModelNames = Readonly<Record<string, string>>;

type SettingValue<K extends SettingKey> = ReturnType<(typeof SETTINGS)[K]['parse']>;

/** The types that `json` of a row names. */
interface JsonTypes {
  text: string;
  'text-or-number': string | number;
  boolean: boolean;
}

/** A profile of config.json. Its values are checked when they are used. */
export type Profile = {
  [K in SettingKey]?: JsonTypes[(typeof SETTINGS)[K]['json']] | undefined;
} & { [K in ListKey]?: string | string[] | undefined } & {
  headers?: HeaderValues | undefined;
  models?: ModelNames | undefined;
  /** The keys that `auth login` wrote, which `auth logout` removes again. */
  from_login?: string[] | undefined;
};

type CamelCase<Key extends string> = Key extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Key;

/** The flags of the settings, under commander's names. Commander has parsed numbers and durations. */
export type SettingFlags = { [K in SettingKey as CamelCase<K>]?: SettingValue<K> } & {
  [K in ListKey as CamelCase<K>]?: string[];
} & { header?: string[] };

/** The profile in force: its name, and its entry in config.json. */
export interface ProfileSetting extends Sourced<string> {
  recorded: Profile | undefined;
  /** The names for models of config.json and, before them, of the profile. */
  models?: ModelNames;
}

/** Where settings come from, the strongest first. */
export interface Layers {
  flags: SettingFlags;
  env: Environment;
  profile: ProfileSetting;
}

/**
 * One setting: of its flag, else of its variables, else of the profile.
 * @throws UsageError `empty_flag`, `empty_setting`, or for a value that cannot be used; the message
 *   names where the value comes from
 */
export function setting<K extends SettingKey>(
  key: K,
  { flags, env, profile }: Layers,
): Sourced<SettingValue<K>> | undefined {
  const { variables, parse }: Row<unknown> = SETTINGS[key];
  const flag: string | number | boolean | undefined = flags[camelCase(key)];
  const found = strongest<string | number | boolean>(
    fromFlag(`--${key.replaceAll('_', '-')}`, flag),
    fromEnvironment(env, ...variables),
    fromProfile(profile, key),
  );
  if (found === undefined) return undefined;
  const { value, source, layer } = found;
  if (typeof value !== 'string') return found as Sourced<SettingValue<K>>;
  const place = layer === 'profile' ? `${source}: ${key}` : source;
  requireUnquoted(found, place);
  return { ...found, value: parse(value, place) as SettingValue<K> };
}

/** The text of a setting in the profile. @throws UsageError `empty_setting` */
export function fromProfile(
  { value: name, recorded }: ProfileSetting,
  key: SettingKey,
): Sourced<string> | undefined {
  const value = recorded?.[key];
  if (value === undefined) return undefined;
  const source = `profile ${name}`;
  if (String(value).trim() === '') {
    throw new UsageError(`${source}: ${key} is empty`, { code: 'empty_setting' });
  }
  return { value: String(value), source, layer: 'profile' };
}

/** The name of a flag in commander. */
export function camelCase<K extends SettingKey | ListKey>(key: K): CamelCase<K> {
  return key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) as CamelCase<K>;
}

function text(...variables: readonly string[]) {
  return { variables, json: 'text', parse: (value: string) => value } as const;
}

function trueOrFalse(...variables: readonly string[]) {
  return { variables, json: 'boolean', parse: yesOrNo } as const;
}

/** A number that becomes a field of the request, also in the notation `1e-3`. */
function parameter(what: string, accepts: NumberRule['accepts']) {
  const rule = { what, code: 'invalid_parameter', accepts, scientific: true };
  const parse = (value: string, source: string) => parseNumber(value, source, rule);
  return { ...textOrNumber(), parse } as const;
}

function textOrNumber(...variables: readonly string[]) {
  return { variables, json: 'text-or-number' } as const;
}

/**
 * Makes the parser of a setting with a few values.
 * @param code of the UsageError that it throws for another value
 */
export function oneOf<T extends string>(values: readonly T[], code: string) {
  return (value: string, source: string): T => {
    const found = values.find((one) => one === value);
    if (found !== undefined) return found;
    const allowed = [values.slice(0, -1).join(', '), ...values.slice(-1)].join(' or ');
    throw new UsageError(`${source} must be ${allowed}, not "${value}"`, {
      code,
      choice: { given: value, among: values },
    });
  };
}

/** @throws UsageError `invalid_setting` */
function yesOrNo(value: string, source: string): boolean {
  if (/^(?:1|true|yes|on)$/i.test(value)) return true;
  if (/^(?:0|false|no|off)$/i.test(value)) return false;
  throw new UsageError(`${source} must be true or false, not "${value}"`, {
    code: 'invalid_setting',
  });
}

/** RFC 9110 §5.5: visible ASCII, spaces and tabs. */
function fieldValue(value: string, source: string): string {
  if (/^[\t\x20-\x7e]+$/.test(value)) return value;
  throw new UsageError(`${source} holds characters that no header may hold`, {
    code: 'invalid_user_agent',
  });
}
