import { AuthError, QwenDemoError, SIGN_IN_AGAIN } from '../errors.ts';
import type { Send } from '../http/message.ts';
import type { Clock } from '../ports.ts';
import type { DeviceAuthorization } from './device-authorization.ts';
import { clientForm, clientHeaders, type OAuthClient, secretsOfClient } from './client.ts';
import { MEANINGS_AT_POLL } from './error-words.ts';
import { postForm, STEPS } from './form.ts';
import type { AuthorizationServer } from '../qwen/issuer.ts';
import { authErrorOf } from './error-response.ts';
import { parseTokenResponse, type TokenResponse } from './token.ts';

/** The `grant_type` of RFC 8628 §3.4. */
export const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** Seconds that `slow_down` adds to the interval, for all later polls (RFC 8628 §3.5). */
const SLOW_DOWN = 5;
/** Consecutive responses that nobody can read, as firewalls and proxies send them, before the login fails. */
const MAX_UNREADABLE = 3;
/** Milliseconds for the last poll, which comes when the time of the code is over. */
const LAST_POLL = 5000;
/** Doublings of the interval while the server fails: from 5 s to 80 s. */
const MAX_DOUBLINGS = 4;

/** A poll after which the login goes on. */
export type Poll = {
  /** Seconds until the next poll. */
  wait: number;
} & Continuing;

type Continuing =
  | { outcome: 'pending' | 'slow_down' }
  /** The server failed in a way that may pass: `cause`. */
  | { outcome: 'retry'; cause: QwenDemoError };

/** The parameters of a device access token request, and what sends it. */
export interface PollRequest extends OAuthClient {
  server: Pick<AuthorizationServer, 'token_endpoint'>;
  device: DeviceAuthorization;
  /** RFC 8707 §2.2: the API the access token is for. */
  resource?: readonly string[] | undefined;
  send: Send;
  clock: Clock;
  signal?: AbortSignal | undefined;
  onPoll?: ((poll: Poll) => void) | undefined;
}

/**
 * Polls the token endpoint until the user approves or denies, or the device code expires (RFC 8628
 * §3.4, §3.5). Goes on after failures of the network and of the server, with doubled waits. Polls once
 * more when the time of the code is over, unless a poll is under way then: that one is ended.
 * @throws AuthError `access_denied`, `expired_token` (by the server or by the clock), or the `error`
 *   of the server as its code; ProtocolError `malformed_answer`, `unsupported_token_type`, and at
 *   the fourth in a row `html_answer`, `unreadable_answer`, `redirect_refused`; the reason of the signal
 */
export async function pollForToken(request: PollRequest): Promise<TokenResponse> {
  const { device, clock, signal, onPoll } = request;
  let interval = device.interval;
  let wait = interval;
  let doublings = 0;
  let unreadable = 0;
  for (;;) {
    const left = Math.max(0, device.expires_at - clock.now());
    await clock.sleep(Math.min(wait * 1000, left), signal);
    // The last poll comes after the end: the user may have approved while this machine was suspended.
    const time = device.expires_at - clock.now();
    const isLast = time <= 0;
    const end = clock.timeout(isLast ? LAST_POLL : time);
    const result = await poll(request, end);
    if (result.outcome === 'granted') return result.token;
    if (isLast || end.aborted) throw expired(result);
    if (result.outcome === 'retry') {
      unreadable = result.cause.kind === 'protocol' ? unreadable + 1 : 0;
      if (unreadable > MAX_UNREADABLE) throw result.cause;
      // RFC 8628 §3.5: exponential back-off when a connection times out.
      doublings = Math.min(doublings + 1, MAX_DOUBLINGS);
    } else {
      if (result.outcome === 'slow_down') interval += SLOW_DOWN;
      doublings = 0;
      unreadable = 0;
    }
    wait = interval * 2 ** doublings;
    onPoll?.({ ...result, wait });
  }
}

function expired(last: Continuing): AuthError {
  const cause = last.outcome === 'retry' ? last.cause : undefined;
  const failed = cause ? `; the last poll failed: ${cause.message}` : '';
  return new AuthError(`The code was not approved in time${failed}`, {
    code: 'expired_token',
    hint: SIGN_IN_AGAIN,
    cause,
  });
}

type PollResult = { outcome: 'granted'; token: TokenResponse } | Continuing;

async function poll(request: PollRequest, end: AbortSignal): Promise<PollResult> {
  const { server, device, send, signal } = request;
  const { device_code, code_verifier } = device;
  try {
    const response = await postForm({
      url: server.token_endpoint,
      step: STEPS.poll,
      form: {
        grant_type: DEVICE_CODE_GRANT,
        ...clientForm(request),
        device_code,
        code_verifier,
        resource: request.resource,
      },
      headers: clientHeaders(request),
      send,
      signal: signal ? AbortSignal.any([signal, end]) : end,
    });
    const secrets = [device_code, code_verifier, ...secretsOfClient(request)];
    const result = parseTokenResponse(response, secrets);
    if (result.outcome === 'failed') return { outcome: 'retry', cause: result.error };
    if (result.outcome === 'unusable') throw result.response.error;
    if (result.outcome === 'refused') {
      throw authErrorOf(result.response, response, secrets, MEANINGS_AT_POLL);
    }
    return result;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof QwenDemoError)) throw error;
    if (mayPass(error) || (end.aborted && error.kind === 'protocol'))
      return { outcome: 'retry', cause: error };
    throw error;
  }
}

const UNREADABLE = new Set(['html_answer', 'unreadable_answer', 'redirect_refused']);

/** A failure of the network, of the server (5xx, 429) or of a firewall: the next poll may succeed. */
function mayPass({ kind, code }: QwenDemoError): boolean {
  return kind === 'network' || kind === 'api' || kind === 'quota' || UNREADABLE.has(code);
}
