import { join } from 'node:path';
import { UsageError } from '../errors.ts';

/** The profile that always exists. */
export const DEFAULT_PROFILE = 'default';

/** Lower case only: on some file systems two names that differ in case are one file. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
/** `oauth_creds.NAME.json` is the file of a profile; with these names it belongs to the default one. */
const RESERVED = new Set(['qwen-demo', 'refresh-failure']);

/** Whether a profile can have this name. */
export function isProfileName(name: string): boolean {
  return NAME.test(name) && !RESERVED.has(name);
}

/**
 * @param source for the message: `--profile`, `QWEN_DEMO_PROFILE`, a path
 * @throws UsageError `invalid_profile_name` for a name that cannot be part of a file name
 */
export function requireProfileName(name: string, source: string): void {
  if (isProfileName(name)) return;
  if (RESERVED.has(name)) {
    throw new UsageError(`${source}: the profile name "${name}" is reserved`, {
      code: 'invalid_profile_name',
      hint: 'Choose another name.',
    });
  }
  throw new UsageError(`${source}: "${name}" cannot be the name of a profile`, {
    code: 'invalid_profile_name',
    hint: 'Use up to 64 lower-case letters, digits, "-" and "_"; the first one is a letter or a digit.',
  });
}

/** The file names of a profile's secrets, without `.json` and the name of the profile. */
const SECRETS = ['oauth_creds', 'api_key', 'pending_login'] as const;

/** Where the files of the program are. Each is an absolute path. */
export interface OwnFiles {
  /** The configuration folder. A relative path in a profile begins here. */
  folder: string;
  config: string;
  /** Held while `config` is changed. */
  config_lock: string;
  /** The lines typed in the REPL, one JSON string a line. */
  chat_history: string;
  /** A folder. */
  conversations: string;
  /** What `validate-models` found, for `list-models`. */
  last_verdicts: string;
  /** The models that endpoints listed last, and what they said of them. */
  last_models: string;
  /** Of one profile: its OAuth login. */
  credentials: string;
  /** Of one profile: its API key. */
  api_key: string;
  /** Of one profile: a login that was begun and waits for `auth login --complete`. */
  pending_login: string;
}

/**
 * The files in a configuration folder. Those of a profile other than `default` have its name in
 * theirs: `oauth_creds.work.json`.
 */
export function ownFiles(folder: string, profile: string = DEFAULT_PROFILE): OwnFiles {
  const secret = (stem: (typeof SECRETS)[number]) =>
    join(folder, profile === DEFAULT_PROFILE ? `${stem}.json` : `${stem}.${profile}.json`);
  return {
    folder,
    config: join(folder, 'config.json'),
    config_lock: join(folder, 'config.lock'),
    chat_history: join(folder, 'chat_history.jsonl'),
    conversations: join(folder, 'conversations'),
    last_verdicts: join(folder, 'last-verdicts.json'),
    last_models: join(folder, 'last-models.json'),
    credentials: secret('oauth_creds'),
    api_key: secret('api_key'),
    pending_login: secret('pending_login'),
  };
}

/** The profile whose secret a file holds, by its name; undefined for any other file. */
export function profileOfSecret(file: string): string | undefined {
  // Also of one that a killed process could not put in place.
  const [stem = '', profile = '', extension, ...more] = file
    .replace(/\.json\..*\.tmp$/, '.json')
    .split('.');
  const is_secret =
    SECRETS.some((one) => one === stem) && extension === 'json' && more.length === 0;
  return is_secret && isProfileName(profile) ? profile : undefined;
}

/** The login in a folder of Qwen Code. */
export function qwenCodeLogin(folder: string): string {
  return join(folder, 'oauth_creds.json');
}
