import * as z from 'zod/mini';
import { ApiError, AuthError, ProtocolError, QuotaError, type QwenDemoError } from '../errors.ts';
import { redact } from '../redaction.ts';
import type { OAuthResponse } from './form.ts';

/**
 * The error response of RFC 6749 §5.2. The program decides by `error` only. `error_description` is
 * text for people, and comes from outside.
 */
export interface OAuthErrorResponse {
  error: string;
  error_description?: string;
}

const errorResponseSchema = z.object({
  error: z.string().check(z.minLength(1)),
  error_description: z.optional(z.unknown()),
});

/** The error response in the JSON of a body; undefined when there is no `error` in it. */
export function parseErrorResponse(json: unknown): OAuthErrorResponse | undefined {
  const response = errorResponseSchema.safeParse(json).data;
  if (!response) return undefined;
  const { error, error_description } = response;
  return typeof error_description === 'string' ? { error, error_description } : { error };
}

/** A map and not an object: a server may send `constructor`, which every object has. */
const MEANINGS = new Map<string, readonly [code: string, what: string]>(
  Object.entries({
    // RFC 8628 §3.5
    access_denied: ['access_denied', 'the sign-in was denied in the browser'],
    expired_token: ['expired_token', 'the code was not approved in time'],
    // RFC 6749 §5.2
    invalid_client: ['invalid_client', 'it does not know this client'],
    unauthorized_client: ['unauthorized_client', 'this client may not sign in this way'],
    unsupported_grant_type: ['unsupported_grant_type', 'it does not offer this way to sign in'],
    invalid_scope: ['invalid_scope', 'it does not grant this scope'],
    invalid_request: ['invalid_request', 'it does not accept the request'],
    invalid_grant: ['invalid_grant', 'the grant is invalid or has expired'],
    // RFC 8707 §2
    invalid_target: ['invalid_target', 'it does not know this resource'],
  }),
);

/** The hint of an error that a new login solves. */
export const SIGN_IN_AGAIN = 'Sign in again: qwen-demo auth';
const CHECK_CLIENT = 'Check --issuer, --client-id and --scope.';

/**
 * The error for an error response: its `code` is the `error` of the standards, or `oauth_error` for
 * any other.
 * @param secrets the values that were sent: a response may repeat them
 */
export function authErrorOf(
  { error, error_description }: OAuthErrorResponse,
  { host, status }: Pick<OAuthResponse, 'host' | 'status'>,
  secrets: readonly string[] = [],
): AuthError {
  const [code, what] = MEANINGS.get(error) ?? ['oauth_error', `it said ${quote(error, secrets)}`];
  const said = error_description ? ` (${quote(error_description, secrets)})` : '';
  const again = code === 'access_denied' || code === 'expired_token' || code === 'invalid_grant';
  return new AuthError(`${host} refused: ${what}${said}`, {
    code,
    status,
    hint: again ? SIGN_IN_AGAIN : CHECK_CLIENT,
  });
}

/**
 * Text from outside for use in a message: in quotation marks, without secrets and control
 * characters, 200 characters at most.
 */
export function quote(text: string, secrets: readonly string[] = []): string {
  const plain = redact(text, secrets)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  return JSON.stringify(plain.length > 200 ? `${plain.slice(0, 199)}…` : plain);
}

/**
 * The error for a response that is neither the expected one nor an error response: QuotaError
 * `rate_limited` at 429, ApiError `server_error` at 5xx, else ProtocolError `html_answer` or
 * `malformed_answer`. The message does not show the body.
 */
export function unexpectedResponse({ host, status, body }: OAuthResponse): QwenDemoError {
  const html = /^\s*</.test(body);
  const what = html ? 'a web page instead of JSON' : 'an answer that OAuth 2.0 does not define';
  if (status === 429) {
    return new QuotaError(`${host} accepts no more requests for now (HTTP 429)`, {
      code: 'rate_limited',
      permanent: false,
      status,
      hint: 'Wait a minute and try again.',
    });
  }
  if (status >= 500) {
    return new ApiError(`${host} failed (HTTP ${status})`, {
      code: 'server_error',
      status,
      hint: 'Try again later.',
    });
  }
  return new ProtocolError(`${host} sent ${what} (HTTP ${status})`, {
    code: html ? 'html_answer' : 'malformed_answer',
    status,
    hint: html
      ? 'The page comes from a firewall, from a captive portal of your network, or from a server that\n' +
        'no longer offers this login: Qwen switched its free login off on 2026-04-15. Use an API key:\n' +
        '  qwen-demo auth login --with-api-key'
      : 'Check --issuer: is it an OAuth 2.0 authorization server?',
  });
}
