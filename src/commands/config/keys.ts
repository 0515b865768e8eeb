/** The keys of config.json as `config` names them, and their values. */
import { resolve } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import { isFields } from '../../core/json.ts';
import { redact } from '../../core/redaction.ts';
import { PROFILE_KEYS } from '../../core/settings/config.ts';
import {
  type HeaderValues,
  LIST_KEYS,
  type Profile,
  SETTINGS,
} from '../../core/settings/definitions.ts';

/** What commander makes of the flags. */
export interface ConfigFlags {
  profile?: string;
  json?: boolean;
}

/** A key of a profile or of the whole file. */
export interface Key {
  /** Such as `models`. */
  name: keyof Profile | 'default_profile';
  /** Such as `fast` of `models.fast`. */
  part: string | undefined;
}

/** Keys with parts, such as `models.fast`. */
const WITH_PARTS: readonly string[] = ['models', 'headers'];

/** All keys; `from_login` belongs to `auth login`. */
export const KEYS: readonly string[] = [
  ...PROFILE_KEYS.filter((key) => key !== 'from_login'),
  'default_profile',
];

/** What other programs keep in such a file. */
const SECRET =
  /^(.*api_?key|key|token|secret|password|(access|refresh|bearer|client)_(token|secret))$/i;

/** A key that `config` can change. @throws UsageError `unknown_key`, `other_command` */
export function parseOwnKey(text: string): Key {
  const key = parseKey(text);
  if (key.name !== 'default_profile') return key;
  throw new UsageError('default_profile has a command of its own', {
    code: 'other_command',
    hint: 'Choose the profile of all commands: qwen-demo auth switch NAME',
  });
}

/** @throws UsageError `unknown_key` */
export function parseKey(text: string): Key {
  const dot = text.indexOf('.');
  // As the flag is written, without its dashes: max-tokens.
  const head = (dot === -1 ? text : text.slice(0, dot)).replaceAll('-', '_');
  const part = dot === -1 ? undefined : text.slice(dot + 1);
  const fits = KEYS.includes(head) && (part === undefined || WITH_PARTS.includes(head));
  if (fits && part !== '') return { name: head as Key['name'], part };
  const message = `There is no key "${text}"`;
  if (head === 'profiles') {
    throw new UsageError(message, {
      code: 'unknown_key',
      hint: 'Name the profile by --profile: qwen-demo config get model --profile work',
    });
  }
  if (SECRET.test(head)) {
    throw new UsageError(message, {
      code: 'unknown_key',
      hint: 'config.json holds no secrets. To store an API key: qwen-demo auth login --with-api-key',
    });
  }
  throw new UsageError(message, {
    code: 'unknown_key',
    choice: { given: text, among: KEYS },
    hint: `The keys: ${KEYS.join(', ')}; models.NAME and headers.NAME`,
  });
}

/** The key as the user types it. */
export function keyText({ name, part }: Key): string {
  return part === undefined ? name : `${name}.${part}`;
}

/**
 * What to write for the words of a value. It is checked in the profile, where other keys count too.
 * @throws UsageError `one_value`, `part_needed`, `invalid_setting`
 */
export function parseValue(key: Key, words: readonly string[]): unknown {
  const { name, part } = key;
  const [text = '', ...more] = words;
  if (name === 'models' && part === undefined) {
    throw new UsageError('A name for a model is a key of its own', {
      code: 'part_needed',
      hint: 'qwen-demo config set models.fast qwen3-coder-flash',
    });
  }
  if (more.length > 0 && !(part === undefined && isList(name))) {
    throw new UsageError(`${keyText(key)} takes one value, and there are ${words.length}`, {
      code: 'one_value',
      hint: 'A value with blanks needs quotes.',
    });
  }
  if (part !== undefined) return text;
  if (isList(name)) return more.length === 0 ? text : [...words];
  if (!(name in SETTINGS)) return text;
  const { json, parse } = SETTINGS[name as keyof typeof SETTINGS];
  if (json === 'boolean') return parse(text, name);
  if (json === 'text-or-number') return NUMBER.test(text) ? Number(text) : text;
  return pathIn(name, text);
}

const NUMBER = /^-?(\d+\.?\d*|\.\d+)(e-?\d+)?$/i;

const isList = (name: string) => name === 'headers' || LIST_KEYS.some((key) => key === name);

/** A path that is typed begins in the current folder, one in the file in that of the file. */
function pathIn(name: string, text: string): string {
  const prefix = name === 'system' && text.startsWith('@') ? '@' : '';
  if (name !== 'credentials' && prefix === '') return text;
  const path = text.slice(prefix.length);
  return path === '' || path.startsWith('~') ? text : prefix + resolve(path);
}

/** The headers of a profile by their names as they are written. */
export function headerFields(headers: HeaderValues = {}): Record<string, string> {
  if (typeof headers === 'object' && !Array.isArray(headers)) return headers;
  return Object.fromEntries(
    [headers].flat().map((line) => {
      const at = line.indexOf(':');
      return at === -1 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
}

const HIDDEN = '(hidden)';

/** A value without secrets: those of headers are hidden. */
export function shownValue({ name, part }: Key, value: unknown): unknown {
  if (name === 'headers' && part !== undefined) return HIDDEN;
  if (name === 'headers') {
    const names = Object.keys(headerFields(value as HeaderValues));
    return Object.fromEntries(names.map((one) => [one, HIDDEN]));
  }
  return safe(value);
}

function safe(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(safe);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, safe(inner)]));
}
