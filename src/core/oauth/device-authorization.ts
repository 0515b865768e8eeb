import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { ProtocolError } from '../errors.ts';
import type { Send } from '../http/message.ts';
import type { Clock, Random } from '../ports.ts';
import { fieldsOf, type FormFields, type OAuthResponse, postForm, STEPS } from './form.ts';
import { clientForm, clientHeaders, type OAuthClient, secretsOfClient } from './client.ts';
import { given } from '../given.ts';
import type { AuthorizationServer } from '../qwen/issuer.ts';
import {
  authErrorOf,
  parseErrorResponse,
  serverFailure,
  unexpectedResponse,
} from './error-response.ts';
import { secureUrl } from './discovery.ts';
import { secondsOf } from './token.ts';

/** Seconds between two polls when the server sends no `interval` (RFC 8628 §3.2), as Qwen's. */
const DEFAULT_INTERVAL = 5;
/** Seconds that a code lasts when the server does not say: as long as those of GitHub, Entra ID and Qwen. */
const DEFAULT_EXPIRES_IN = 900;
/** Seconds. A larger number is a mistake of the server, and a login would wait for it. */
const LONGEST_EXPIRES_IN = 24 * 3600;
/** Seconds. A server on loopback may ask for short waits, but not for none. */
const SHORTEST_INTERVAL = 0.1;

/** Seconds. A longer interval is a mistake of the server: a code lasts some minutes. */
const LONGEST_INTERVAL = 60;

/** `interval: 0` means the default. */
function intervalOf(interval: number | undefined): number {
  const asked = Math.max(interval || DEFAULT_INTERVAL, SHORTEST_INTERVAL);
  return Math.min(asked, LONGEST_INTERVAL);
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
 *   ProtocolError `html_answer`, `malformed_answer`, `unsafe_verification_uri`; the
 *   errors of {@link serverFailure} and {@link postForm}
 */
export async function requestDeviceAuthorization(
  request: DeviceAuthorizationRequest,
): Promise<DeviceAuthorization> {
  const code_verifier = createCodeVerifier(request.random);
  const response = await postForm({
    url: request.server.device_authorization_endpoint,
    step: STEPS.device,
    form: {
      ...clientForm(request),
      scope: request.scope,
      code_challenge: codeChallenge(code_verifier),
      code_challenge_method: 'S256',
      resource: request.resource,
      ...paramFields(request.param ?? []),
    },
    headers: { ...request.headers, ...clientHeaders(request) },
    send: request.send,
    signal: request.signal,
  });
  const { expires_in, ...device } = parseDeviceAuthorization(
    response,
    secretsOfClient(request),
    request.server.device_authorization_endpoint,
  );
  return { ...device, expires_at: request.clock.now() + expires_in * 1000, code_verifier };
}

/** A name that occurs twice is a field with two values. */
function paramFields(params: readonly string[]): FormFields {
  const fields = new Map<string, string[]>();
  for (const param of params) {
    const at = param.indexOf('=');
    const name = param.slice(0, at);
    fields.set(name, [...(fields.get(name) ?? []), param.slice(at + 1)]);
  }
  return Object.fromEntries(fields);
}

/**
 * Parses the response of the device authorization endpoint (RFC 8628 §3.2). `expires_in` and
 * `interval` are seconds. `device_code`, `user_code` and a page are required; any other field of an
 * odd type or value counts as absent.
 * @param secrets the values that were sent: a response may repeat them
 * @param endpoint where it is from: pages at its origin may be plain http as it is
 * @throws the errors of {@link requestDeviceAuthorization}, save for those of the network
 */
export function parseDeviceAuthorization(
  response: OAuthResponse,
  secrets: readonly string[] = [],
  endpoint = `https://${response.host}`,
) {
  const fields = fieldsOf(response) ?? {};
  const device_code = textOf(fields.device_code, LONGEST_DEVICE_CODE);
  const { user_code: code } = fields;
  const user_code = textOf(typeof code === 'number' ? String(code) : code, LONGEST_USER_CODE);
  // `verification_url` is Google's name for it.
  const page = textOf(fields.verification_uri) ?? textOf(fields.verification_url);
  const isSuccess = response.status >= 200 && response.status < 300;
  if (!isSuccess || !device_code || !user_code || !page) {
    const failure = serverFailure(response, secrets);
    const refused = parseErrorResponse(fields);
    if (!failure && refused) throw authErrorOf(refused, response, secrets);
    throw failure ?? unexpectedResponse(response, secrets);
  }
  const complete = textOf(fields.verification_uri_complete);
  return {
    device_code,
    user_code,
    verification_uri: requireSecure(page, response.host, endpoint),
    ...given({ verification_uri_complete: complete && pageUrl(complete, endpoint)?.href }),
    expires_in: Math.min(secondsOf(fields.expires_in) ?? DEFAULT_EXPIRES_IN, LONGEST_EXPIRES_IN),
    interval: intervalOf(secondsOf(fields.interval)),
  };
}

/** Characters: some servers send a signed token. */
const LONGEST_DEVICE_CODE = 16_384;
/** Characters. RFC 8628 §6.1: a person reads and types it. */
const LONGEST_USER_CODE = 64;
const LONGEST_URL = 2048;

/** A text without control characters; undefined for any other value. */
function textOf(value: unknown, longest = LONGEST_URL): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > longest) return undefined;
  return /\p{C}/u.test(value) ? undefined : value;
}

/** A page by its URL, to which https is added if it has no scheme. */
function pageUrl(text: string, endpoint: string): URL | undefined {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  // A name with a dot and no colon before it: `javascript:1` and `tel:123` are no hosts.
  if (!hasScheme && !/^(localhost|[\w-]+(\.[\w-]+)+)(?=[:/?#]|$)/i.test(text)) return undefined;
  const { origin } = new URL(endpoint);
  return secureUrl(hasScheme ? text : `https://${text}`, (url) => url.origin === origin);
}

/** The URL in its normal form, which holds neither spaces nor control characters. */
function requireSecure(uri: string, host: string, endpoint: string): string {
  const url = pageUrl(uri, endpoint);
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
