import { AuthError, NetworkError, rephrase, SIGN_IN_AGAIN } from '../errors.ts';
import { abortError } from '../http/failure.ts';
import type { Send } from '../http/message.ts';
import type { Clock } from '../ports.ts';
import {
  authErrorOf,
  saidBeside,
  type OAuthErrorResponse,
  unexpectedResponse,
} from './error-response.ts';
import { clientForm, clientHeaders, type OAuthClient, secretsOfClient } from './client.ts';
import { MEANINGS_AT_REFRESH } from './error-words.ts';
import { type OAuthResponse, postForm, STEPS } from './form.ts';
import type { AuthorizationServer } from '../qwen/issuer.ts';
import { parseTokenResponse, type TokenResponse, type UnusableTokenResponse } from './token.ts';

/** Seconds for a refresh: to find the server, connect, send, and receive the whole response. */
export const REFRESH_LIMIT = 10;
/** Milliseconds: longer than the limit above, which decides. */
const TIMEOUTS = { headers: 60_000, body: 60_000 };
/** Milliseconds for an aborted exchange to end. */
const ABORT_TIME = 100;

/** What the caller of a refresh controls while it runs. */
export interface RefreshControl {
  /** Ends the refresh before its request has left this machine; later it has no effect. */
  signal?: AbortSignal | undefined;
  /** Called once when the request leaves: from then on the response may hold the only valid token. */
  onSent?: (() => void) | undefined;
}

/** The part of a server that refreshes a login. */
type TokenServer = Pick<AuthorizationServer, 'token_endpoint'>;

/** The parameters of a refresh request, and what sends it. */
export interface RefreshRequest extends RefreshControl, OAuthClient {
  /** Finds the server, within the same limit. */
  findServer: (signal: AbortSignal) => Promise<TokenServer>;
  refresh_token: string;
  /** RFC 8707 §2.2: the API the new access token is for. */
  resource?: readonly string[] | undefined;
  send: Send;
  clock: Clock;
}

/**
 * Refreshes an access token (RFC 6749 §6). Sends one request and never repeats it: the server may
 * have rotated the refresh token although its response was lost. For the same reason only the limit
 * ends a request that has been sent. Resolves also to a response whose token cannot be used, if it
 * holds a new refresh token.
 * @throws AuthError `refresh_token_rejected` when the refresh token is no longer valid, or the `error`
 *   of the server as its code; NetworkError, `timeout` after 10 s; ProtocolError `html_answer`,
 *   `malformed_answer`, `unsupported_token_type`; those of {@link serverFailure}; before the request is sent, the reason of the signal
 */
export async function refreshGrant(
  request: RefreshRequest,
): Promise<TokenResponse | UnusableTokenResponse> {
  const { refresh_token, clock, signal } = request;
  const secrets = [refresh_token, ...secretsOfClient(request)];
  const controller = new AbortController();
  let sent = false;
  const abort = () => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  const onSent = () => {
    sent = true;
    signal?.removeEventListener('abort', abort);
    request.onSent?.();
  };
  limit(clock, controller);
  try {
    const response = exchange(request, controller.signal, onSent);
    return tokenOf(await ended(response, controller.signal, clock), secrets);
  } catch (error) {
    throw sent ? mayBeLost(error) : error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function exchange(
  request: RefreshRequest,
  signal: AbortSignal,
  onSent: () => void,
): Promise<OAuthResponse> {
  const { refresh_token, resource, send } = request;
  const { token_endpoint } = await request.findServer(signal);
  return postForm({
    url: token_endpoint,
    step: STEPS.refresh,
    form: { grant_type: 'refresh_token', refresh_token, ...clientForm(request), resource },
    headers: clientHeaders(request),
    send,
    timeouts: TIMEOUTS,
    signal,
    onSent,
  });
}

/** @throws the errors of {@link refreshGrant} for the response of the server */
function tokenOf(
  response: OAuthResponse,
  secrets: readonly string[],
): TokenResponse | UnusableTokenResponse {
  const result = parseTokenResponse(response, secrets);
  if (result.outcome === 'granted') return result.token;
  if (result.outcome === 'unusable') return result.response;
  if (result.outcome === 'failed') throw result.error;
  if (result.outcome !== 'refused') throw unexpectedResponse(response, secrets);
  if (!isRejected(result.response)) {
    throw authErrorOf(result.response, response, secrets, MEANINGS_AT_REFRESH);
  }
  const said = saidBeside(result.response, secrets);
  throw new AuthError(`${response.host} no longer accepts this login${said}`, {
    code: 'refresh_token_rejected',
    status: response.status,
    hint: SIGN_IN_AGAIN,
  });
}

/** Failures after which the server may have rotated the refresh token. */
const LOST = new Set(['timeout', 'headers_timeout', 'body_timeout', 'connection_reset']);

function mayBeLost(error: unknown): unknown {
  if (!(error instanceof NetworkError) || !LOST.has(error.code)) return error;
  return rephrase(error, {
    hint:
      'Try again. If the server has replaced the refresh token already, its answer is lost,\n' +
      'and you have to sign in again: qwen-demo auth',
  });
}

/**
 * Aborts at the limit, counted second by second. When a process gets no processor time, its timers
 * are due before it reads its socket, and the response may be there: one long timer would abort then.
 */
function limit(clock: Clock, controller: AbortController): void {
  const count = (left: number) => {
    const second = clock.timeout(1000);
    const next = () => (left > 1 ? count(left - 1) : controller.abort(second.reason));
    second.addEventListener('abort', next, { once: true });
  };
  count(REFRESH_LIMIT);
}

/**
 * Settles with `exchange`, or 100 ms after the abort: other processes wait for this one, and an
 * exchange that is still connecting may not react to the signal.
 */
function ended<T>(exchange: Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      const failure = abortError(signal.reason, { name: 'The authorization server' });
      void clock.sleep(ABORT_TIME).then(() => reject(failure as Error));
    };
    const settled = () => signal.removeEventListener('abort', stop);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    exchange.finally(settled).then(resolve, reject);
  });
}

/**
 * RFC 6749 §5.2 defines `invalid_grant` for it; GitHub sends `bad_refresh_token`, Okta `E0000011`,
 * other servers the other words, and Qwen `invalid_request` (measured).
 */
const REJECTED = new Set([
  'invalid_grant',
  'bad_refresh_token',
  'invalid_token',
  'expired_token',
  'e0000011',
]);

function isRejected({ error, error_description, suberror }: OAuthErrorResponse): boolean {
  // Entra ID: the login is good, for the client that it was made by.
  if (suberror === 'client_mismatch') return false;
  if (REJECTED.has(error)) return true;
  return error === 'invalid_request' && /^invalid refresh token\b/i.test(error_description ?? '');
}
