import * as z from 'zod/mini';
import { ProtocolError } from '../errors.ts';
import type { Send } from '../http/message.ts';
import type { Clock, Random } from '../ports.ts';
import { type Answer, postForm } from './form.ts';
import { codeChallenge, createCodeVerifier } from './pkce.ts';
import type { AuthorizationServer } from '../qwen/issuer.ts';
import { jsonOrUndefined } from '../json.ts';
import { parseRefusal, refusalError, unexpectedAnswer } from './error-response.ts';
import { secureUrl } from './secure-url.ts';
import { seconds } from './token.ts';

/** RFC 8628 §3.2: seconds between two polls where the server names none. */
const DEFAULT_INTERVAL = 5;
/** A server may ask for less than a second, on loopback, but never for a busy loop. */
const SHORTEST_INTERVAL = 0.1;

/** `interval: 0` is as good as none. */
function intervalOf(interval: number | null | undefined): number {
  return Math.max(interval || DEFAULT_INTERVAL, SHORTEST_INTERVAL);
}

/**
 * A sign-in that waits for approval: the answer of RFC 8628 §3.2 and the verifier that belongs to
 * it (RFC 7636). Plain JSON with secrets in it, so that another process can finish it.
 */
export const deviceAuthorizationSchema = z.object({
  device_code: z.string().check(z.minLength(1)),
  user_code: z.string().check(z.minLength(1)),
  verification_uri: z.string(),
  verification_uri_complete: z.optional(z.string()),
  /** Milliseconds since the epoch. */
  expires_at: z.number(),
  /** Seconds. Stored as it was received, and may have been changed since. */
  interval: z.pipe(
    z.number(),
    z.transform((value: number) => intervalOf(value)),
  ),
  code_verifier: z.string().check(z.minLength(43)),
});

export type DeviceAuthorization = z.infer<typeof deviceAuthorizationSchema>;

export interface DeviceAuthorizationRequest {
  server: AuthorizationServer;
  client_id: string;
  scope: string;
  /** RFC 8707: the API that the login is for. */
  resource?: string | readonly string[] | undefined;
  send: Send;
  clock: Clock;
  random: Random;
  signal?: AbortSignal | undefined;
}

/**
 * RFC 8628 §3.1 with PKCE.
 * @throws AuthError when the server refuses; ProtocolError `html_answer`, `malformed_answer` or
 *   `unsafe_verification_uri`; ApiError at 5xx; QuotaError at 429; NetworkError; the signal's reason
 */
export async function requestDeviceAuthorization(
  request: DeviceAuthorizationRequest,
): Promise<DeviceAuthorization> {
  const code_verifier = createCodeVerifier(request.random);
  const answer = await postForm({
    url: request.server.device_authorization_endpoint,
    form: {
      client_id: request.client_id,
      scope: request.scope,
      code_challenge: codeChallenge(code_verifier),
      code_challenge_method: 'S256',
      resource: request.resource,
    },
    headers: { 'x-request-id': request.random.uuid() },
    send: request.send,
    signal: request.signal,
  });
  const { expires_in, ...device } = parseDeviceAuthorization(answer);
  return { ...device, expires_at: request.clock.now() + expires_in * 1000, code_verifier };
}

const answerSchema = z.object({
  device_code: z.string().check(z.minLength(1), z.maxLength(4096)),
  // RFC 8628 §6.1: to be read and typed by a person.
  user_code: z.string().check(z.regex(/^[^\p{C}]{1,64}$/u)),
  verification_uri: z.string().check(z.maxLength(2048)),
  verification_uri_complete: z.optional(z.nullable(z.string().check(z.maxLength(2048)))),
  expires_in: seconds,
  interval: z.optional(z.nullable(seconds)),
});

/** Understands an answer of the device authorization endpoint (RFC 8628 §3.2). Seconds, as sent. */
export function parseDeviceAuthorization(answer: Answer) {
  const json = jsonOrUndefined(answer.body);
  const refusal = parseRefusal(json);
  if (refusal) throw refusalError(refusal, answer);
  const device = answer.status === 200 ? answerSchema.safeParse(json).data : undefined;
  if (!device) throw unexpectedAnswer(answer);
  const { device_code, user_code, verification_uri, expires_in } = device;
  const complete = device.verification_uri_complete;
  return {
    device_code,
    user_code,
    verification_uri: requireSecure(verification_uri, answer.host),
    ...(complete ? { verification_uri_complete: requireSecure(complete, answer.host) } : {}),
    expires_in,
    interval: intervalOf(device.interval),
  };
}

/** In its normal form, which holds neither spaces nor control characters. */
function requireSecure(uri: string, host: string): string {
  const url = secureUrl(uri);
  if (url) return url.href;
  throw new ProtocolError(`${host} sends people to a page that is not https`, {
    code: 'unsafe_verification_uri',
    hint: 'Do not sign in there. Check --issuer.',
  });
}
