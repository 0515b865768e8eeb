import { AuthError, QwenDemoError } from '../errors.ts';
import type { Send } from '../http/message.ts';
import type { Clock } from '../ports.ts';
import {
  type DeviceAuthorization,
  type DeviceAuthorizationRequest,
  requestDeviceAuthorization,
} from './device-authorization.ts';
import { OAUTH_TIMEOUTS, postForm } from './form.ts';
import type { AuthorizationServer } from '../qwen/issuer.ts';
import { type Refusal, refusalError } from './error-response.ts';
import { parseTokenResponse, type TokenResponse } from './token.ts';

export const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** RFC 8628 §3.5: seconds added to the interval, for this and all later polls. */
const SLOW_DOWN = 5;
/** Pages of HTML in a row that are taken for a passing whim of a firewall. */
const PAGES_TOLERATED = 3;
/** Doublings of the wait while the server cannot be reached: 5 s become 80 s. */
const MOST_DOUBLINGS = 4;

/** What became of one poll that did not end the flow. */
export interface Poll {
  /** `retry`: no usable answer; `cause` says why. */
  outcome: 'pending' | 'slow_down' | 'retry';
  /** Seconds until the next one. */
  wait: number;
  cause?: QwenDemoError;
}

export interface PollRequest {
  server: AuthorizationServer;
  client_id: string;
  device: DeviceAuthorization;
  send: Send;
  clock: Clock;
  signal?: AbortSignal | undefined;
  onPoll?: ((poll: Poll) => void) | undefined;
}

export interface DeviceFlow extends DeviceAuthorizationRequest {
  /** Shows the code and the page to the user; what it throws ends the flow. */
  onVerification: (device: DeviceAuthorization) => void;
  onPoll?: ((poll: Poll) => void) | undefined;
}

/**
 * RFC 8628 from the first request to the token. Prints nothing: the screen is two callbacks.
 * @throws what `requestDeviceAuthorization` and `pollForToken` throw
 */
export async function authorizeDevice(flow: DeviceFlow): Promise<TokenResponse> {
  const device = await requestDeviceAuthorization(flow);
  flow.onVerification(device);
  return pollForToken({ ...flow, device });
}

/**
 * RFC 8628 §3.4 and §3.5: waits, asks, and waits again until the user has decided. Never sleeps
 * beyond the life of the code.
 * @throws AuthError `access_denied`, `expired_token` (also when the time is up), or another refusal;
 *   ProtocolError for an answer that is none of the protocol's, HTML only when it stays so; the
 *   signal's reason at once when it is aborted
 */
export async function pollForToken(request: PollRequest): Promise<TokenResponse> {
  const { device, clock, signal, onPoll } = request;
  let interval = device.interval;
  let wait = interval;
  let failures = 0;
  let pages = 0;
  for (;;) {
    await sleepWithin(device.expires_at, wait * 1000, clock, signal);
    const result = await poll(request);
    if (result.outcome === 'granted') return result.token;
    if (result.outcome === 'retry') {
      pages = result.cause.code === 'html_answer' ? pages + 1 : 0;
      if (pages > PAGES_TOLERATED) throw result.cause;
      // RFC 8628 §3.5: exponential back-off when the server cannot be reached.
      failures = Math.min(failures + 1, MOST_DOUBLINGS);
    } else {
      if (result.outcome === 'slow_down') interval += SLOW_DOWN;
      failures = 0;
      pages = 0;
    }
    wait = interval * 2 ** failures;
    onPoll?.({ ...result, wait });
  }
}

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
    hint: 'Sign in again: qwen-demo auth',
  });
}

type PollResult =
  | { outcome: 'granted'; token: TokenResponse }
  | { outcome: 'pending' | 'slow_down' }
  | { outcome: 'retry'; cause: QwenDemoError };

async function poll(request: PollRequest): Promise<PollResult> {
  const { server, client_id, device, send, clock, signal } = request;
  const { device_code, code_verifier } = device;
  const left = device.expires_at - clock.now();
  try {
    const answer = await postForm({
      url: server.token_endpoint,
      form: { grant_type: DEVICE_CODE_GRANT, client_id, device_code, code_verifier },
      // The code is worth nothing after its end, whatever the user allows.
      timeouts: left < OAUTH_TIMEOUTS.headers ? { headers: left } : undefined,
      send,
      signal,
    });
    const result = parseTokenResponse(answer);
    if (result.outcome !== 'refused') return result;
    const error = refusalError(result.refusal, answer, [device_code, code_verifier]);
    return decide(result.refusal, error, answer.status);
  } catch (error) {
    if (error instanceof QwenDemoError && passes(error)) return { outcome: 'retry', cause: error };
    throw error;
  }
}

/** The `error` string decides; the status only where the string means nothing to us. */
function decide({ error }: Refusal, refused: AuthError, status: number): PollResult {
  switch (error) {
    case 'authorization_pending':
      return { outcome: 'pending' };
    case 'slow_down':
      return { outcome: 'slow_down' };
    // RFC 6749 §4.1.2.1, which token endpoints borrow
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

/** A connection that drops, a server that fails (5xx) or is busy (429), a page of a firewall. */
function passes(error: QwenDemoError): boolean {
  const { kind } = error;
  return kind === 'network' || kind === 'api' || kind === 'quota' || error.code === 'html_answer';
}
