/** `qwen-demo config`: shows and changes config.json. */
import { UsageError } from '../../core/errors.ts';
import { isFields } from '../../core/json.ts';
import type { Config } from '../../core/settings/config.ts';
import { type Profile, SETTINGS } from '../../core/settings/definitions.ts';
import { fromEnvironment } from '../../core/settings/layers.ts';
import { chooseProfile } from '../../core/settings/profile.ts';
import { sanitize, stringify } from '../../terminal/sanitize.ts';
import { defined, updateConfig, withProfile } from '../change-config.ts';
import { readConfig } from '../config-file.ts';
import type { Context } from '../context.ts';
import { quoted } from '../hint-commands.ts';
import { notice } from '../notice.ts';
import { checkConfig } from './check.ts';

import {
  type ConfigFlags,
  headerFields,
  type Key,
  keyText,
  parseKey,
  parseOwnKey,
  parseValue,
  shownValue,
} from './keys.ts';

/** @throws UsageError `unknown_profile`; the errors of {@link readConfig} */
export async function listKeys(context: Context, flags: ConfigFlags): Promise<void> {
  const config = await readConfig(context);
  const profile = profileIn(context, config, flags);
  const { headers, models, ...settings } = defined({ ...profile.recorded, from_login: undefined });
  const all: [Key, unknown][] = [
    ...(config.default_profile === undefined
      ? []
      : [[{ name: 'default_profile', part: undefined }, config.default_profile] as [Key, string]]),
    ...partsOf('models', { ...config.models, ...models }),
    ...Object.entries(settings).map(([name, value]): [Key, unknown] => [
      { name: name as Key['name'], part: undefined },
      value,
    ]),
    ...partsOf('headers', headerFields(headers)),
  ];
  const shown = all.map(([key, value]) => [keyText(key), shownValue(key, value)] as const);
  if (flags.json) {
    const document = { version: 1, profile: profile.value, settings: Object.fromEntries(shown) };
    context.terminal.stdout.write(`${stringify(document, 2)}\n`);
    return;
  }
  if (shown.length === 0) {
    notice(context, 'Nothing is set. To set a key: qwen-demo config set temperature 0.2');
  }
  write(
    context,
    shown.map(([key, value]) => `${key}=${lineOf(value)}`),
  );
}

function partsOf(name: 'models' | 'headers', parts: Record<string, string>): [Key, string][] {
  return Object.entries(parts).map(([part, value]) => [{ name, part }, value]);
}

/** @throws UsageError `unknown_key`, `not_set` and those of {@link listKeys} */
export async function getKey(context: Context, text: string, flags: ConfigFlags): Promise<void> {
  const key = parseKey(text);
  const config = await readConfig(context);
  const profile = profileIn(context, config, flags);
  const found = valueIn(key, config, { ...profile.recorded, models: profile.models });
  if (found === undefined) {
    throw new UsageError(`${text} is not set${placeOf(key, profile.value)}`, {
      code: 'not_set',
      hint: `Set it: qwen-demo config set ${quoted(text)} VALUE`,
    });
  }
  const value = shownValue(key, found);
  if (flags.json) context.terminal.stdout.write(`${stringify(value, 2)}\n`);
  else write(context, linesOf(value));
}

/**
 * Sets one key, and leaves everything else in the file unchanged.
 * @throws UsageError `unknown_key` and for a value that the program could not use; the errors of
 *   {@link updateConfig}
 */
export async function setKey(
  context: Context,
  text: string,
  words: readonly string[],
  flags: ConfigFlags,
): Promise<void> {
  const key = parseOwnKey(text);
  const value = parseValue(key, words);
  const changed = await change(context, key, flags, (before) => replaced(key, before, value));
  const shown = lineOf(shownValue(key, value));
  notice(context, `${text} is now ${shown}${placeOf(key, changed.profile, flags)}.`);
  const row = Object.hasOwn(SETTINGS, key.name)
    ? SETTINGS[key.name as keyof typeof SETTINGS]
    : undefined;
  const variable = fromEnvironment(context.env, ...(row?.variables ?? []));
  if (variable) notice(context, `${variable.source} is set in the environment and comes first.`);
}

/** Removes one key. @throws as {@link setKey} */
export async function unsetKey(context: Context, text: string, flags: ConfigFlags): Promise<void> {
  const key = parseOwnKey(text);
  const { profile, before } = await change(context, key, flags, (value) =>
    value === undefined ? undefined : replaced(key, value, undefined),
  );
  const place = placeOf(key, profile, flags);
  notice(
    context,
    before === undefined ? `${text} was not set${place}.` : `Removed ${text}${place}.`,
  );
}

/** What a key holds after its part is set to a value; undefined removes it. */
function replaced({ name, part }: Key, before: unknown, value: unknown): unknown {
  if (part === undefined) return value;
  const fields = name === 'headers' ? headerFields(before as Profile['headers']) : before;
  const same = (one: string) =>
    one === part || (name === 'headers' && one.toLowerCase() === part.toLowerCase());
  const others = Object.entries(isFields(fields) ? fields : {}).filter(([one]) => !same(one));
  const all = value === undefined ? others : [...others, [part, value] as const];
  return all.length === 0 ? undefined : Object.fromEntries(all);
}

/** Changes the key in the file, and resolves to the profile and what the key held before. */
async function change(
  context: Context,
  key: Key,
  flags: ConfigFlags,
  after: (before: unknown) => unknown,
): Promise<{ profile: string; before: unknown }> {
  let done: { profile: string; before: unknown } | undefined;
  await updateConfig(context, (config) => {
    const profile = profileIn(context, config, flags, true).value;
    const of_file = isOfFile(key, flags);
    const own: Profile = config.profiles?.[profile] ?? {};
    const held = of_file ? config[key.name as 'models'] : own[key.name as keyof Profile];
    const changed = { [key.name]: after(held) };
    done = { profile, before: of_file ? valueIn(key, config, {}) : valueIn(key, {}, own) };
    if (held === undefined && changed[key.name] === undefined) return config;
    const from_login = own.from_login?.filter((one) => one !== key.name);
    const next = of_file
      ? defined({ ...config, ...changed })
      : withProfile(config, profile, { ...own, ...changed, ...defined({ from_login }) });
    checkConfig(context, key, { before: config, after: next, profile });
    return next;
  });
  return done ?? { profile: '', before: undefined };
}

/** Whether the key stands beside the profiles: names for models do, unless a profile is named. */
function isOfFile({ name }: Key, { profile }: ConfigFlags): boolean {
  return name === 'models' && profile === undefined;
}

function profileIn(context: Context, config: Config, { profile }: ConfigFlags, add = false) {
  return chooseProfile({ flag: profile, env: context.env, config, new_profile: add });
}

function valueIn({ name, part }: Key, config: Config, profile: Profile): unknown {
  const value =
    name === 'default_profile'
      ? config.default_profile
      : name === 'models'
        ? { ...config.models, ...profile.models }
        : profile[name];
  if (part === undefined)
    return isFields(value) && Object.keys(value).length === 0 ? undefined : value;
  const fields = name === 'headers' ? headerFields(profile.headers) : value;
  const wanted = name === 'headers' ? part.toLowerCase() : part;
  const found = Object.entries(isFields(fields) ? fields : {}).find(
    ([one]) => (name === 'headers' ? one.toLowerCase() : one) === wanted,
  );
  return found?.[1];
}

function placeOf(key: Key, profile: string, flags?: ConfigFlags): string {
  return isOfFile(key, flags ?? {}) ? '' : ` in profile ${profile}`;
}

/** One line for a list, and JSON for what has fields. */
function lineOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(' ');
  return isFields(value) ? JSON.stringify(value) : String(value).replaceAll('\n', String.raw`\n`);
}

function linesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (!isFields(value)) return [String(value)];
  return Object.entries(value).map(([name, inner]) => `${name}=${String(inner)}`);
}

function write({ terminal: { stdout } }: Context, lines: readonly string[]): void {
  stdout.write(lines.map((line) => `${stdout.isTTY === true ? sanitize(line) : line}\n`).join(''));
}
