import * as z from 'zod/mini';
import { ProtocolError } from '../errors.ts';
import { VISIBLE_ASCII } from '../http/message.ts';
import type { OAuthResponse } from './form.ts';
import { jsonOrUndefined } from '../json.ts';
import {
  parseErrorResponse,
  type OAuthErrorResponse,
  unexpectedResponse,
} from './error-response.ts';

/** The token response of RFC 6749 §5.1, with the `resource_url` that Qwen adds. */
export interface TokenResponse {
  access_token: string;
  token_type?: string | undefined;
  refresh_token?: string | undefined;
  /** Seconds from now. */
  expires_in?: number | undefined;
  /** Host or URL of the API this token is for. */
  resource_url?: string | undefined;
}

/** What a token endpoint answers. `pending` is Qwen's 200 `{"status":"pending"}`. */
export type TokenResult =
  | { outcome: 'granted'; token: TokenResponse }
  | { outcome: 'pending' }
  | { outcome: 'refused'; response: OAuthErrorResponse };

/** Seconds: a year. A larger number is a mistake of the server, and no `Date` may hold it. */
const LONGEST_LIFE = 366 * 24 * 3600;

/** A number of seconds, from 0 to a year. Some servers send it as a string. */
export const seconds = z.pipe(
  z.union([z.number(), z.string().check(z.regex(/^\d{1,12}(\.\d{1,3})?$/))]),
  z.transform((value) => Math.min(Math.max(Number(value), 0), LONGEST_LIFE)),
);

const optionalText = z.pipe(
  z.optional(z.nullable(z.string())),
  z.transform((value) => (value === null || value === '' ? undefined : value)),
);

const tokenResponseSchema = z.object({
  access_token: z.string().check(z.regex(VISIBLE_ASCII)),
  token_type: optionalText,
  refresh_token: optionalText,
  expires_in: z.pipe(
    z.optional(z.nullable(seconds)),
    z.transform((value) => value ?? undefined),
  ),
  resource_url: optionalText,
});

const pendingSchema = z.object({ status: z.literal('pending') });

/**
 * Parses a response of the token endpoint. An `error` in the JSON counts at every status and before
 * everything else.
 * @throws ProtocolError `html_answer`, `malformed_answer`, `unsupported_token_type`; QuotaError
 *   `rate_limited`; ApiError `server_error`
 */
export function parseTokenResponse(response: OAuthResponse): TokenResult {
  const json = jsonOrUndefined(response.body);
  const refused = parseErrorResponse(json);
  if (refused) return { outcome: 'refused', response: refused };
  if (response.status === 200) {
    const token = tokenResponseSchema.safeParse(json).data;
    if (token) return { outcome: 'granted', token: requireBearer(token, response.host) };
    if (pendingSchema.safeParse(json).success) return { outcome: 'pending' };
  }
  throw unexpectedResponse(response);
}

/** RFC 6749 §7.1: a client must not use a token of a type it does not understand. */
function requireBearer(token: TokenResponse, host: string): TokenResponse {
  if (token.token_type === undefined || /^bearer$/i.test(token.token_type)) return token;
  throw new ProtocolError(`${host} issued a token of a type other than Bearer`, {
    code: 'unsupported_token_type',
    hint: 'Ask its operator to let this client use bearer tokens (RFC 6750).',
  });
}
