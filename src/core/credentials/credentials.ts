import * as z from 'zod/mini';
import { given } from '../given.ts';
import { VISIBLE_ASCII } from '../http/message.ts';
import { isFields, jsonOrUndefined } from '../json.ts';
import { CLIENT_AUTH_METHODS } from '../oauth/client.ts';
import type { TokenResponse } from '../oauth/token.ts';
import { AuthError, SIGN_IN_AGAIN } from '../errors.ts';

/** A field that other programs write too: a value of another type counts as absent. */
function optional<T extends z.ZodMiniType>(type: T) {
  return z.optional(
    z.pipe(
      z.unknown(),
      z.transform((value): z.output<T> | undefined => type.safeParse(value).data),
    ),
  );
}

/**
 * The credentials of a login as they are stored, with the field names of Qwen Code. Unknown fields
 * are preserved. `client_id` is always recorded; the other fields from `issuer` on are for logins at
 * other issuers than Qwen, and for what the user named.
 */
export const credentialsSchema = z.looseObject({
  access_token: z.string().check(z.regex(VISIBLE_ASCII)),
  refresh_token: optional(z.string()),
  token_type: optional(z.string()),
  /** Host or URL of the API of this login; see `endpoint.ts`. */
  resource_url: optional(z.string()),
  /**
   * Milliseconds since the epoch. Qwen Code writes null when the server sent none: 0, expired. So is a
   * number that is not finite: such a token would never expire.
   */
  expiry_date: z.pipe(
    z.optional(z.unknown()),
    z.transform((value) => {
      const isText = typeof value === 'string' && /^\d+$/.test(value);
      const ms = typeof value === 'number' || isText ? Number(value) : 0;
      return Number.isFinite(ms) ? ms : 0;
    }),
  ),
  issuer: optional(z.string()),
  client_id: optional(z.string()),
  /** A secret of the client, which every request to the issuer needs. */
  client_secret: optional(z.string()),
  token_endpoint_auth_method: optional(z.enum(CLIENT_AUTH_METHODS)),
  /** The scopes that were asked for, separated by spaces. */
  scope: optional(z.string()),
  token_endpoint: optional(z.string()),
  revocation_endpoint: optional(z.string()),
  /** Recorded when the user named the endpoints: the issuer publishes none. */
  device_authorization_endpoint: optional(z.string()),
  base_url: optional(z.string()),
  /** RFC 8707: the APIs that its tokens are for. */
  resource: optional(z.array(z.string())),
  /** The hosts beside the issuer's that may have its endpoints: HOST or HOST:PORT. */
  trust_host: optional(z.array(z.string())),
  /** NAME=VALUE: what the issuer wants in the device authorization request. */
  param: optional(z.array(z.string())),
});

/** See `credentialsSchema`. */
export type Credentials = z.infer<typeof credentialsSchema>;

/** The credentials in a stored text; undefined for any other text. */
export function credentialsIn(text: string): Credentials | undefined {
  return credentialsSchema.safeParse(jsonOrUndefined(text)).data;
}

/** What is wrong with a text that {@link credentialsIn} refuses, for a message. Repeats no value. */
export function faultOfCredentials(text: string): string {
  if (text.trim() === '') return 'is empty';
  const json = jsonOrUndefined(text);
  if (!isFields(json)) return 'does not hold a JSON object';
  const { access_token } = json;
  if (access_token === undefined || access_token === null) return 'has no access_token';
  return 'has an unusable access_token';
}

/** The fields by which later commands find the issuer and the API of a login without flags. */
export type Origin = Pick<
  Credentials,
  | 'issuer'
  | 'client_id'
  | 'client_secret'
  | 'token_endpoint_auth_method'
  | 'scope'
  | 'token_endpoint'
  | 'revocation_endpoint'
  | 'device_authorization_endpoint'
  | 'base_url'
  | 'resource'
  | 'trust_host'
  | 'param'
>;

/** Milliseconds before its expiry from which a token is refreshed. */
const REFRESH_AHEAD_MS = 30_000;
/**
 * Seconds until a token without `expires_in` counts as expired (RFC 6749 §5.1 only recommends the
 * field). A short time costs some refreshes; a long one costs a 401 and a refresh.
 */
const DEFAULT_EXPIRES_IN_S = 300;

/** Whether the token expires within 30 s. @param now milliseconds since the epoch */
export function expiresSoon(credentials: Credentials, now: number): boolean {
  return now >= credentials.expiry_date - REFRESH_AHEAD_MS;
}

/**
 * The stored credentials with the values of a token response. Fields that the response omits keep
 * their values (RFC 6749 §6).
 * @param stored undefined for a new login
 * @param now milliseconds since the epoch
 */
export function mergeTokenResponse(
  stored: Credentials | undefined,
  token: TokenResponse,
  now: number,
  origin: Origin = {},
): Credentials {
  const { access_token, refresh_token, resource_url, expires_in = DEFAULT_EXPIRES_IN_S } = token;
  return {
    ...stored,
    access_token,
    ...given({ refresh_token }),
    // Qwen Code refuses a file without `token_type`.
    token_type: token.token_type ?? stored?.token_type ?? 'Bearer',
    ...given({ resource_url }),
    expiry_date: now + expires_in * 1000,
    ...origin,
  };
}

const WAYS_IN = `Choose a way in, the shortest first:
  an API key                 export DASHSCOPE_API_KEY=...   (made at https://bailian.console.aliyun.com)
  a server of your own       export OPENAI_BASE_URL=http://127.0.0.1:11434/v1
  a login at an issuer       qwen-demo auth --issuer URL --client-id ID
  to try it without any      qwen-demo sandbox -- chat -p hi`;

/** AuthError `not_signed_in`. @param location the path or the keyring entry without credentials */
export function notSignedIn(location: string): AuthError {
  return new AuthError('You are not signed in', {
    code: 'not_signed_in',
    hint: `${WAYS_IN}\n(there are no credentials at ${location})`,
  });
}

/** Credentials with a refresh token. */
export type Refreshable = Credentials & { refresh_token: string };

/** The same object. @throws AuthError `no_refresh_token` when it has none */
export function requireRefreshable(credentials: Credentials): Refreshable {
  if (isRefreshable(credentials)) return credentials;
  throw new AuthError('The stored login has no refresh token, so it cannot be refreshed', {
    code: 'no_refresh_token',
    hint: SIGN_IN_AGAIN,
  });
}

/** Whether there is a refresh token. */
export function isRefreshable(credentials: Credentials): credentials is Refreshable {
  return credentials.refresh_token !== undefined && credentials.refresh_token !== '';
}
