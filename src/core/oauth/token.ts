import { ProtocolError, type QwenDemoError } from '../errors.ts';
import { given } from '../given.ts';
import { VISIBLE_ASCII } from '../http/message.ts';
import { fieldsOf, type OAuthResponse } from './form.ts';
import {
  authErrorOf,
  type OAuthErrorResponse,
  parseErrorResponse,
  serverFailure,
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

/** A token response without a token that can be used, whose refresh token replaces the one before. */
export interface UnusableTokenResponse {
  /** The only copy of it: the caller must store it before it reports the error. */
  refresh_token: string;
  error: QwenDemoError;
}

/** What a token endpoint answers. `pending` is also Qwen's 200 `{"status":"pending"}`. */
export type TokenResult =
  | { outcome: 'granted'; token: TokenResponse }
  | { outcome: 'unusable'; response: UnusableTokenResponse }
  | { outcome: 'pending' | 'slow_down' }
  /** The server failed, see {@link serverFailure}: the same request may succeed later. */
  | { outcome: 'failed'; error: QwenDemoError }
  | { outcome: 'refused'; response: OAuthErrorResponse };

/** Seconds: a year. A larger number is a mistake of the server, and no `Date` may hold it. */
const LONGEST_LIFE = 366 * 24 * 3600;

/**
 * A number of seconds, up to a year: whole or with fractions, as a number or, as some servers send it,
 * as a string. Undefined for any other value, and for those that are not above 0.
 */
export function secondsOf(value: unknown): number | undefined {
  const isText = typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value);
  const number = typeof value === 'number' || isText ? Number(value) : Number.NaN;
  return number > 0 ? Math.min(number, LONGEST_LIFE) : undefined;
}

/**
 * Parses a response of the token endpoint. Only `access_token` is required; any other field of an
 * odd type or value counts as absent. The token of a success counts before an `error` beside it, and
 * a failure of the server before what its body says.
 * @param secrets the values that were sent: a response may repeat them
 * @throws ProtocolError `html_answer`, `malformed_answer`, `unsupported_token_type`
 */
export function parseTokenResponse(
  response: OAuthResponse,
  secrets: readonly string[] = [],
): TokenResult {
  const fields = fieldsOf(response) ?? {};
  const isSuccess = response.status >= 200 && response.status < 300;
  const token = isSuccess ? tokenIn(fields) : undefined;
  const unusable = token && unsupportedType(token, response.host);
  if (token && !unusable) return { outcome: 'granted', token };
  const refused = parseErrorResponse(fields);
  const refresh_token = isSuccess ? textOf(fields.refresh_token) : undefined;
  if (refresh_token !== undefined) {
    const error = unusable ?? (refused && authErrorOf(refused, response, secrets));
    const otherwise = () => unexpectedResponse(response, secrets);
    return { outcome: 'unusable', response: { refresh_token, error: error ?? otherwise() } };
  }
  if (unusable) throw unusable;
  if (refused?.error === 'authorization_pending') return { outcome: 'pending' };
  if (refused?.error === 'slow_down') return { outcome: 'slow_down' };
  const failure = serverFailure(response, secrets);
  if (failure) return { outcome: 'failed', error: failure };
  if (refused) return { outcome: 'refused', response: refused };
  if (isSuccess && fields.status === 'pending') return { outcome: 'pending' };
  throw unexpectedResponse(response, secrets);
}

function tokenIn(fields: Readonly<Record<string, unknown>>): TokenResponse | undefined {
  const access_token = textOf(fields.access_token);
  if (access_token === undefined) return undefined;
  return {
    access_token,
    ...given({
      token_type:
        typeof fields.token_type === 'string' ? fields.token_type || undefined : undefined,
      refresh_token: textOf(fields.refresh_token),
      expires_in: secondsOf(fields.expires_in),
      resource_url:
        typeof fields.resource_url === 'string' ? fields.resource_url || undefined : undefined,
    }),
  };
}

/** A token as a header and a form can hold it. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && VISIBLE_ASCII.test(value) ? value : undefined;
}

/**
 * The error for a token that is bound to a key of the client (RFC 9449, RFC 6749 §7.1): this client has
 * none. Every other type is Bearer: servers send `BearerToken`, null, and the names of formats.
 */
function unsupportedType(
  { token_type = '' }: TokenResponse,
  host: string,
): QwenDemoError | undefined {
  if (!/^\s*(dpop|mac|pop)\b/i.test(token_type)) return undefined;
  return new ProtocolError(`${host} issued a token of a type other than Bearer`, {
    code: 'unsupported_token_type',
    hint: 'Ask its operator to let this client use bearer tokens (RFC 6750).',
  });
}
