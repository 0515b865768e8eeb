import { loginEndpoint } from '../../core/api/login-access.ts';
import type { Credentials } from '../../core/credentials/credentials.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { isoTime } from '../time.ts';

/** What `--json` says of a login: the time as ISO 8601, null for what is not known. */
export function factsOf(credentials: Credentials, { auth }: Settings) {
  return {
    expires_at: isoTime(credentials.expiry_date) ?? null,
    endpoint: auth.base_url?.value ?? loginEndpoint(credentials) ?? null,
  };
}
