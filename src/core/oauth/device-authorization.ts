import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { ProtocolError } from '../errors.ts';
import type { Send } from '../http/message.ts';
import type { Clock, Random } from '../ports.ts';
import { type FormFields, type OAuthResponse, postForm } from './form.ts';
import { clientForm, clientHeaders, type OAuthClient, secretsOfClient } from './client.ts';
import { given } from '../given.ts';
import { jsonOrUndefined } from '../json.ts';
import type { AuthorizationServer } from '../qwen/issuer.ts';
import { parseErrorResponse, authErrorOf, unexpectedResponse } from './error-response.ts';
import { secureUrl } from './discovery.ts';
import { seconds } from './token.ts';

/** Seconds between two polls when the server sends no `interval` (RFC 8628 §3.2), as Qwen's. */
const DEFAULT_INTERVAL = 5;
/** Seconds. A server on loopback may ask for short waits, but not for none. */
const SHORTEST_INTERVAL = 0.1;

/** `interval: 0` means the default. */
function intervalOf(interval: number | null | undefined): number {
  return Math.max(interval || DEFAULT_INTERVAL, SHORTEST_INTERVAL);
}

/**
 * A device authorization that waits for approval: the response of RFC 8628 §3.2 and its code
 * verifier (RFC 7636 §4.1). Plain JSON that holds secrets, so that another process can poll.
 */
export const deviceAuthorizationSchema = z.object({
  device_code: z.string().check(z.minLength(1)),
  user_code: z.string().check(z.minLength(1)),
  verification_uri: z.string(),
  verification_uri_complete: z.optional(z.string()),
  /** Milliseconds since the epoch. */
  expires_at: z.number(),
  /** Seconds between two polls. A stored file may have been edited: the limits apply again. */
  interval: z.pipe(
    z.number(),
    z.transform((value: number) => intervalOf(value)),
  ),
  code_verifier: z.string().check(z.minLength(43)),
});

/** See `deviceAuthorizationSchema`. */
export type DeviceAuthorization = z.infer<typeof deviceAuthorizationSchema>;

/** The parameters of a device authorization request, and what sends it. */
export interface DeviceAuthorizationRequest extends OAuthClient {
  server: Pick<AuthorizationServer, 'device_authorization_endpoint'>;
  /** Absent: the scope that the server gives by default (RFC 6749 §3.3). */
  scope?: string | undefined;
  /** RFC 8707 §2: the APIs that the login is for. */
  resource?: readonly string[] | undefined;
  /** NAME=VALUE: what the issuer wants beside the fields of the standards. */
  param?: readonly string[] | undefined;
  headers?: Readonly<Record<string, string>>;
  send: Send;
  clock: Clock;
  random: Random;
  signal?: AbortSignal | undefined;
}

/**
 * Asks for a device code (RFC 8628 §3.1) with a new code challenge (RFC 7636 §4.3).
 * @throws AuthError with the `error` of the server as its code (`invalid_client`, `invalid_scope` …);
 *   ProtocolError `html_answer`, `malformed_answer`, `unsafe_verification_uri`; ApiError
 *   `server_error`; QuotaError `rate_limited`; the errors of {@link postForm}
 */
export async function requestDeviceAuthorization(
  request: DeviceAuthorizationRequest,
): Promise<DeviceAuthorization> {
  const code_verifier = createCodeVerifier(request.random);
  const response = await postForm({
    url: request.server.device_authorization_endpoint,
    form: {
      ...clientForm(request),
      scope: request.scope,
      code_challenge: codeChallenge(code_verifier),
      code_challenge_method: 'S256',
      resource: request.resource,
      ...fieldsOf(request.param ?? []),
    },
    headers: { ...request.headers, ...clientHeaders(request) },
    send: request.send,
    signal: request.signal,
  });
  const { expires_in, ...device } = parseDeviceAuthorization(response, secretsOfClient(request));
  return { ...device, expires_at: request.clock.now() + expires_in * 1000, code_verifier };
}

/** A name that occurs twice is a field with two values. */
function fieldsOf(params: readonly string[]): FormFields {
  const fields = new Map<string, string[]>();
  for (const param of params) {
    const at = param.indexOf('=');
    const name = param.slice(0, at);
    fields.set(name, [...(fields.get(name) ?? []), param.slice(at + 1)]);
  }
  return Object.fromEntries(fields);
}

const responseSchema = z.object({
  device_code: z.string().check(z.minLength(1), z.maxLength(4096)),
  // RFC 8628 §6.1: a person reads and types it.
  user_code: z.string().check(z.regex(/^[^\p{C}]{1,64}$/u)),
  verification_uri: z.optional(z.string().check(z.maxLength(2048))),
  /** Google's name for it. */
  verification_url: z.optional(z.string().check(z.maxLength(2048))),
  verification_uri_complete: z.optional(z.nullable(z.string().check(z.maxLength(2048)))),
  expires_in: seconds,
  interval: z.optional(z.nullable(seconds)),
});

/**
 * Parses the response of the device authorization endpoint (RFC 8628 §3.2). `expires_in` and
 * `interval` are seconds.
 * @param secrets the values that were sent: a response may repeat them
 * @throws the errors of {@link requestDeviceAuthorization}, save for those of the network
 */
export function parseDeviceAuthorization(response: OAuthResponse, secrets: readonly string[] = []) {
  const json = jsonOrUndefined(response.body);
  const refused = parseErrorResponse(json);
  if (refused) throw authErrorOf(refused, response, secrets);
  const device = response.status === 200 ? responseSchema.safeParse(json).data : undefined;
  const page = device?.verification_uri ?? device?.verification_url;
  if (!device || page === undefined) throw unexpectedResponse(response);
  const { device_code, user_code, expires_in } = device;
  const complete = device.verification_uri_complete;
  return {
    device_code,
    user_code,
    verification_uri: requireSecure(page, response.host),
    ...given({
      verification_uri_complete: complete ? requireSecure(complete, response.host) : undefined,
    }),
    expires_in,
    interval: intervalOf(device.interval),
  };
}

/** The URL in its normal form, which holds neither spaces nor control characters. */
function requireSecure(uri: string, host: string): string {
  const url = secureUrl(uri);
  if (url) return url.href;
  throw new ProtocolError(`${host} names a sign-in page that is not https`, {
    code: 'unsafe_verification_uri',
    hint: 'Do not sign in there. Check --issuer.',
  });
}

/** A `code_verifier` (RFC 7636 §4.1): 32 random bytes as base64url, 43 characters. */
export function createCodeVerifier(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('base64url');
}

/** The `code_challenge` of a verifier by the method S256 (RFC 7636 §4.2). */
export function codeChallenge(verifier: string): string {
  return createHash('sha256').update(verifier, 'ascii').digest('base64url');
}
