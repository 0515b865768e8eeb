import { loginEndpoint } from '../../core/api/login-access.ts';
import type { Credentials } from '../../core/credentials/credentials.ts';
import { UsageError } from '../../core/errors.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { isoTime } from '../time.ts';

/** The API a login leads to; undefined when neither the issuer nor the user said which. */
export function knownEndpoint(credentials: Credentials): string | undefined {
  try {
    return loginEndpoint(credentials);
  } catch (error) {
    if (error instanceof UsageError && error.code === 'no_endpoint') return undefined;
    throw error;
  }
}

/** What `--json` says of a login: the time as ISO 8601, null for what is not known. */
export function factsOf(credentials: Credentials, { auth }: Settings) {
  return {
    expires_at: isoTime(credentials.expiry_date) ?? null,
    endpoint: auth.base_url?.value ?? knownEndpoint(credentials) ?? null,
  };
}
