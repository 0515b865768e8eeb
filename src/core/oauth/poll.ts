import { AuthError, QwenDemoError } from '../errors.ts';
import type { Send } from '../http/message.ts';
import type { Clock } from '../ports.ts';
import type { DeviceAuthorization } from './device-authorization.ts';
import { clientForm, clientHeaders, type OAuthClient, secretsOfClient } from './client.ts';
import { OAUTH_TIMEOUTS, postForm } from './form.ts';
import type { AuthorizationServer } from '../qwen/issuer.ts';
import { authErrorOf, SIGN_IN_AGAIN } from './error-response.ts';
import { parseTokenResponse, type TokenResponse } from './token.ts';

/** The `grant_type` of RFC 8628 §3.4. */
export const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** Seconds that `slow_down` adds to the interval, for all later polls (RFC 8628 §3.5). */
const SLOW_DOWN = 5;
/** Consecutive HTML responses, as a firewall in front of Qwen sends them, before the login fails. */
const MAX_HTML_RESPONSES = 3;
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
 * §3.4, §3.5). Goes on after failures of the network and of the server, with doubled waits.
 * @throws AuthError `access_denied`, `expired_token` (by the server or by the clock), or the `error`
 *   of the server as its code; ProtocolError `malformed_answer`, `unsupported_token_type`, and
 *   `html_answer` at the fourth page in a row; the reason of the signal
 */
export async function pollForToken(request: PollRequest): Promise<TokenResponse> {
  const { device, clock, signal, onPoll } = request;
  let interval = device.interval;
  let wait = interval;
  let doublings = 0;
  let html_responses = 0;
  for (;;) {
    await sleepWithin(device.expires_at, wait * 1000, clock, signal);
    const result = await poll(request);
    if (result.outcome === 'granted') return result.token;
    if (result.outcome === 'retry') {
      html_responses = result.cause.code === 'html_answer' ? html_responses + 1 : 0;
      if (html_responses > MAX_HTML_RESPONSES) throw result.cause;
      // RFC 8628 §3.5: exponential back-off when a connection times out.
      doublings = Math.min(doublings + 1, MAX_DOUBLINGS);
    } else {
      if (result.outcome === 'slow_down') interval += SLOW_DOWN;
      doublings = 0;
      html_responses = 0;
    }
    wait = interval * 2 ** doublings;
    onPoll?.({ ...result, wait });
  }
}

/** @throws AuthError `expired_token` at the end of the device code's life; the reason of the signal */
async function sleepWithin(
  expires_at: number,
  ms: number,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<void> {
  const left = expires_at - clock.now();
  if (left > 0) await clock.sleep(Math.min(ms, left), signal);
  if (clock.now() < expires_at) return;
  throw new AuthError('The code was not approved in time', {
    code: 'expired_token',
    hint: SIGN_IN_AGAIN,
  });
}

type PollResult = { outcome: 'granted'; token: TokenResponse } | Continuing;

async function poll(request: PollRequest): Promise<PollResult> {
  const { server, device, send, clock, signal } = request;
  const { device_code, code_verifier } = device;
  const left = device.expires_at - clock.now();
  try {
    const response = await postForm({
      url: server.token_endpoint,
      form: {
        grant_type: DEVICE_CODE_GRANT,
        ...clientForm(request),
        device_code,
        code_verifier,
        resource: request.resource,
      },
      headers: clientHeaders(request),
      // The device code expires, whatever the user allows: no response can help after that.
      timeouts: left < OAUTH_TIMEOUTS.headers ? { headers: left } : undefined,
      send,
      signal,
    });
    const result = parseTokenResponse(response);
    if (result.outcome !== 'refused') return result;
    const secrets = [device_code, code_verifier, ...secretsOfClient(request)];
    const refused = authErrorOf(result.response, response, secrets);
    return decide(result.response.error, refused, response.status);
  } catch (error) {
    if (error instanceof QwenDemoError && mayPass(error)) return { outcome: 'retry', cause: error };
    throw error;
  }
}

/** The `error` of the response decides; for an unknown one, its HTTP status. */
function decide(error: string, refused: AuthError, status: number): PollResult {
  switch (error) {
    case 'authorization_pending':
      return { outcome: 'pending' };
    case 'slow_down':
      return { outcome: 'slow_down' };
    // RFC 6749 §4.1.2.1; token endpoints send them too.
    case 'temporarily_unavailable':
    case 'server_error':
      return { outcome: 'retry', cause: refused };
    default:
      if (refused.code === 'oauth_error' && status >= 500) {
        return { outcome: 'retry', cause: refused };
      }
      throw refused;
  }
}

/** A failure of the network, of the server (5xx, 429) or of a firewall: the next poll may succeed. */
function mayPass(error: QwenDemoError): boolean {
  const { kind } = error;
  return kind === 'network' || kind === 'api' || kind === 'quota' || error.code === 'html_answer';
}
