import * as z from 'zod/mini';
import { ApiError, AuthError, ProtocolError, QuotaError, type QwenDemoError } from '../errors.ts';
import { redact } from '../redaction.ts';
import type { Answer } from './form.ts';

/** RFC 6749 §5.2. `error` decides; `error_description` is for people and is not to be trusted. */
export interface Refusal {
  error: string;
  error_description?: string;
}

const refusalSchema = z.object({
  error: z.string().check(z.minLength(1)),
  error_description: z.optional(z.unknown()),
});

/** The refusal a JSON answer holds, at whatever status it came. */
export function parseRefusal(json: unknown): Refusal | undefined {
  const refusal = refusalSchema.safeParse(json).data;
  if (!refusal) return undefined;
  const { error, error_description } = refusal;
  return typeof error_description === 'string' ? { error, error_description } : { error };
}

/** A map: a server may say `constructor`, which every object has. */
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
    invalid_request: ['invalid_request', 'it did not understand the request'],
    invalid_grant: ['invalid_grant', 'the grant is not valid, or no longer'],
    // RFC 8707 §2
    invalid_target: ['invalid_target', 'it does not know this resource'],
  }),
);

const TRY_AGAIN = 'Sign in again: qwen-demo auth';
const CHECK_CLIENT = 'Check --issuer, --client-id and --scope.';

/** What a refusal means. `secrets` are the values we sent: an answer may repeat them. */
export function refusalError(
  refusal: Refusal,
  { host, status }: Pick<Answer, 'host' | 'status'>,
  secrets: readonly string[] = [],
): AuthError {
  const [code, what] = MEANINGS.get(refusal.error) ?? [
    'oauth_error',
    `it said ${quote(refusal.error, secrets)}`,
  ];
  const said = refusal.error_description ? ` (${quote(refusal.error_description, secrets)})` : '';
  const again = code === 'access_denied' || code === 'expired_token' || code === 'invalid_grant';
  return new AuthError(`${host} refused: ${what}${said}`, {
    code,
    status,
    hint: again ? TRY_AGAIN : CHECK_CLIENT,
  });
}

/** Foreign text made fit for a message: no secrets, no control characters, not long. */
export function quote(text: string, secrets: readonly string[] = []): string {
  const plain = redact(text, secrets)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  return JSON.stringify(plain.length > 200 ? `${plain.slice(0, 199)}…` : plain);
}

/** An answer that is neither what was asked for nor a refusal. Its body is not shown. */
export function unexpectedAnswer({ host, status, body }: Answer): QwenDemoError {
  const html = /^\s*</.test(body);
  const what = html ? 'a web page instead of JSON' : 'something this protocol does not know';
  if (status === 429) {
    return new QuotaError(`${host} allows no more requests for now (HTTP 429)`, {
      code: 'rate_limited',
      permanent: false,
      status,
      hint: 'Wait a minute and try again.',
    });
  }
  if (status >= 500) {
    return new ApiError(`${host} failed on its side (HTTP ${status})`, {
      code: 'server_error',
      status,
      hint: 'Try again later.',
    });
  }
  return new ProtocolError(`${host} sent ${what} (HTTP ${status})`, {
    code: html ? 'html_answer' : 'malformed_answer',
    status,
    hint: html
      ? 'A firewall in front of it, a captive portal of your network, or a sign-in that is no\n' +
        'longer offered: Qwen switched its free login off on 2026-04-15. An API key works without one.'
      : 'Check that the address is that of an OAuth 2.0 authorization server.',
  });
}
