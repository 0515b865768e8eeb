import * as z from 'zod/mini';
import { VISIBLE_ASCII } from '../http/bearer.ts';
import type { TokenResponse } from '../oauth/token.ts';

/**
 * What is stored of a login, with the names Qwen Code uses for the same file. Unknown fields are
 * kept. The fields from `issuer` on are recorded for logins elsewhere than at Qwen.
 */
export const credentialsSchema = z.looseObject({
  access_token: z.string().check(z.regex(VISIBLE_ASCII)),
  refresh_token: z.optional(z.string()),
  token_type: z.optional(z.string()),
  /** Host or URL of the API this login is for; see `endpoint.ts`. */
  resource_url: z.optional(z.string()),
  /** Milliseconds since the epoch. Qwen Code writes null when the server did not say: long ago. */
  expiry_date: z.pipe(
    z.nullable(z.number()),
    z.transform((value) => value ?? 0),
  ),
  issuer: z.optional(z.string()),
  client_id: z.optional(z.string()),
  token_endpoint: z.optional(z.string()),
  revocation_endpoint: z.optional(z.string()),
  base_url: z.optional(z.string()),
  /** RFC 8707: the APIs that its tokens are for. */
  resource: z.optional(z.array(z.string())),
});

export type Credentials = z.infer<typeof credentialsSchema>;

/** Where a login was made, recorded so that later commands need no flags. */
export type Origin = Pick<
  Credentials,
  'issuer' | 'client_id' | 'token_endpoint' | 'revocation_endpoint' | 'base_url' | 'resource'
>;

/** Milliseconds before its expiry at which a token is refreshed. */
const EARLY = 30_000;
/**
 * Seconds that a token of unstated life is trusted for (RFC 6749 §5.1 only recommends
 * `expires_in`): too short costs a refresh now and then, too long costs a 401 and a refresh.
 */
const SHORT_LIFE = 300;

/** Whether the token expires within 30 s, by this machine's clock. `now` in ms since the epoch. */
export function expiresSoon(credentials: Credentials, now: number): boolean {
  return now >= credentials.expiry_date - EARLY;
}

/**
 * A token response laid over what was stored: what it omits stays as it was (RFC 6749 §6), unknown
 * fields too. For a new login pass undefined as `stored`. `now` in ms since the epoch.
 */
export function mergeTokenResponse(
  stored: Credentials | undefined,
  token: TokenResponse,
  now: number,
  origin: Origin = {},
): Credentials {
  const { access_token, refresh_token, resource_url, expires_in = SHORT_LIFE } = token;
  return {
    ...stored,
    access_token,
    ...(refresh_token === undefined ? {} : { refresh_token }),
    // Qwen Code takes a file without a `token_type` for damaged.
    token_type: token.token_type ?? stored?.token_type ?? 'Bearer',
    ...(resource_url === undefined ? {} : { resource_url }),
    expiry_date: now + expires_in * 1000,
    ...origin,
  };
}
