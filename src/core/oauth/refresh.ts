import { AuthError, NetworkError } from '../errors.ts';
import { abortError } from '../http/failure.ts';
import type { Send } from '../http/message.ts';
import type { Clock } from '../ports.ts';
import { type Answer, postForm } from './form.ts';
import type { AuthorizationServer } from '../qwen/issuer.ts';
import { type Refusal, refusalError, unexpectedAnswer } from './error-response.ts';
import { parseTokenResponse, type TokenResponse } from './token.ts';

/** Seconds for all of it: finding the server, connecting, sending and the whole answer. */
export const REFRESH_LIMIT = 10;
/** Milliseconds: longer than the limit, which alone decides. */
const TIMEOUTS = { headers: 60_000, body: 60_000 };
/** Milliseconds that an aborted exchange has to end by itself. */
const ABORT_TIME = 100;

/** What the caller of a refresh controls while it runs. */
export interface RefreshControl {
  /** Ends the refresh as long as the request has not left this machine; later it does nothing. */
  signal?: AbortSignal | undefined;
  /** Called once when the request leaves: from now on the answer may hold the only valid token. */
  onSent?: (() => void) | undefined;
}

export interface RefreshRequest extends RefreshControl {
  /** Or how to find it, which counts towards the limit and ends at the signal too. */
  server: AuthorizationServer | ((signal: AbortSignal) => Promise<AuthorizationServer>);
  client_id: string;
  refresh_token: string;
  /** RFC 8707 §2.2: the API the new access token is for. */
  resource?: string | readonly string[] | undefined;
  send: Send;
  clock: Clock;
}

/**
 * RFC 6749 §6: one request, never repeated, because the server may have rotated the token although
 * its answer was lost. For the same reason nothing but the limit ends it once it has been sent.
 * @throws AuthError `refresh_token_rejected` when this refresh token is dead; AuthError for other
 *   refusals; NetworkError after 10 s at most; ProtocolError, ApiError or QuotaError by the answer;
 *   the signal's reason before the request was sent
 */
export async function refreshGrant(request: RefreshRequest): Promise<TokenResponse> {
  const { refresh_token, clock, signal } = request;
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
    const answer = exchange(request, controller.signal, onSent);
    return tokenOf(await ended(answer, controller.signal, clock), refresh_token);
  } catch (error) {
    throw sent ? mayBeLost(error) : error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function exchange(
  { server, client_id, refresh_token, resource, send }: RefreshRequest,
  signal: AbortSignal,
  onSent: () => void,
): Promise<Answer> {
  const { token_endpoint } = typeof server === 'function' ? await server(signal) : server;
  return postForm({
    url: token_endpoint,
    form: { grant_type: 'refresh_token', refresh_token, client_id, resource },
    send,
    timeouts: TIMEOUTS,
    signal,
    onSent,
  });
}

/** @throws as `refreshGrant`, for what the server says */
function tokenOf(answer: Answer, refresh_token: string): TokenResponse {
  const result = parseTokenResponse(answer);
  if (result.outcome === 'granted') return result.token;
  if (result.outcome === 'pending') throw unexpectedAnswer(answer);
  if (!isDead(result.refusal)) throw refusalError(result.refusal, answer, [refresh_token]);
  throw new AuthError(`${answer.host} no longer accepts this login`, {
    code: 'refresh_token_rejected',
    status: answer.status,
    hint: 'Sign in again: qwen-demo auth',
  });
}

/** Ends of a connection after which the server may have done its part all the same. */
const LOST = new Set(['timeout', 'headers_timeout', 'body_timeout', 'connection_reset']);

function mayBeLost(error: unknown): unknown {
  if (!(error instanceof NetworkError) || !LOST.has(error.code)) return error;
  return new NetworkError(error.message, {
    code: error.code,
    hint:
      'Try again. If the server has replaced the refresh token already, its answer is lost,\n' +
      'and you have to sign in again: qwen-demo auth',
    cause: error,
  });
}

/**
 * Aborts when the limit has passed, counted second by second. A process that waits for a processor
 * finds its timers due before it sees what its socket received meanwhile, and must not give up then:
 * the answer lies there.
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
 * `exchange`, or its end soon after the abort: other processes wait for this one, and an exchange
 * that is still connecting may not listen.
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

/** RFC 6749 §5.2 says `invalid_grant`; Qwen says `invalid_request` and means the same. */
function isDead({ error, error_description }: Refusal): boolean {
  if (error === 'invalid_grant') return true;
  return error === 'invalid_request' && /^invalid refresh token\b/i.test(error_description ?? '');
}
