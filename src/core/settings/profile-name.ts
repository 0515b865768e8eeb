import { UsageError } from '../errors.ts';

export const DEFAULT_PROFILE = 'default';

/** Letters of one case, so that two names never mean one file. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
/** A login's files are called `oauth_creds.NAME.json`, and these are files of the default one. */
const RESERVED = new Set(['qwen-demo', 'refresh-failure']);

/** @throws UsageError `invalid_profile_name`, naming `source`, for a name that is no good for a file */
export function requireProfileName(name: string, source: string): void {
  if (RESERVED.has(name)) {
    throw new UsageError(`${source}: the profile name "${name}" is reserved`, {
      code: 'invalid_profile_name',
    });
  }
  if (NAME.test(name)) return;
  throw new UsageError(`${source}: "${name}" cannot be the name of a profile`, {
    code: 'invalid_profile_name',
    hint: 'Use up to 64 small letters, digits, hyphens and underscores, and begin with none of the last two.',
  });
}
