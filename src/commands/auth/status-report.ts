import type { QwenDemoError } from '../../core/errors.ts';
import { describeError } from '../../core/error-report.ts';
import type { Sourced } from '../../core/settings/layers.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { isoTime } from '../time.ts';

/** What is known of a stored login. No secret is in it. */
export interface LoginStatus {
  /** Where its secret lies, and what says so. */
  location: Sourced<string>;
  store: Sourced<string>;
  /** Permissions of the file in octal. */
  mode: string | null;
  /** Whether they let other users in; repaired with the next use. */
  loose: boolean;
  issuer: string;
  client_id: string;
  /** Milliseconds since the epoch, as stored. */
  expiry_date: number;
  expired: boolean;
  refreshable: boolean;
  /** Why the server will not refresh it any more. */
  refresh_refused: string | null;
}

/** What is known of the API key. The key itself is not in it. */
export interface KeyStatus {
  /** The variable or the place it comes from; null where a server on loopback needs none. */
  source: string | null;
  mode: string | null;
  loose: boolean;
}

/** What one way to the API looks like, without asking anybody. */
export interface Inspection {
  endpoint: Sourced<string> | null;
  login: LoginStatus | null;
  api_key: KeyStatus | null;
  /** Why it cannot be used. */
  problem: QwenDemoError | undefined;
}

export interface Status extends Inspection {
  settings: Settings;
  /** How the request of `--check` went. */
  check: { ok: boolean; message: string } | undefined;
}

/** The document of `auth status --json`. */
export function statusJson({ settings, endpoint, login, api_key, problem, check }: Status) {
  const { profile, auth, model } = settings;
  return {
    version: 1,
    usable: problem === undefined,
    problem: problem ? describeError(problem) : null,
    profile: known(profile),
    method: known({ ...auth, value: auth.method }),
    endpoint: endpoint && known(endpoint),
    login: login && loginJson(login),
    api_key,
    model: known(model),
    unused: auth.unused,
    check: check ?? null,
  };
}

/** `expires_at` is ISO 8601 in UTC, null for a number that is no time. */
function loginJson({ location, store, expiry_date, expired, ...login }: LoginStatus) {
  const { mode, loose, issuer, client_id, ...others } = login;
  return {
    location: known(location),
    store: known(store),
    mode,
    loose,
    issuer,
    client_id,
    expires_at: isoTime(expiry_date) ?? null,
    expired,
    ...others,
  };
}

function known<T>({ value, source, over = [] }: Sourced<T>) {
  return { value, source, over };
}
