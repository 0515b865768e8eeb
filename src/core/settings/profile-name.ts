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
