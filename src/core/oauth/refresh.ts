import { AuthError, NetworkError } from '../errors.ts';
import type { Send } from '../http/message.ts';
import type { Clock } from '../ports.ts';
import { postForm } from './form.ts';
import type { AuthorizationServer } from './qwen.ts';
import { type Refusal, refusalError, unexpectedAnswer } from './refusal.ts';
import { parseTokenResponse, type TokenResponse } from './token.ts';

/** Seconds from the request to the end of the answer. Whoever waits for it relies on it. */
const LIMIT = 10;
/** Milliseconds: longer than the limit, which alone decides. */
const TIMEOUTS = { headers: 60_000, body: 60_000 };

export interface RefreshRequest {
  server: AuthorizationServer;
  client_id: string;
  refresh_token: string;
  /** RFC 8707 §2.2: the API the new access token is for. */
  resource?: string | readonly string[] | undefined;
  send: Send;
  clock: Clock;
}

/**
 * RFC 6749 §6: one request, never repeated, because the server may have rotated the token although
 * its answer was lost; and never interrupted, because the answer may hold the only valid token.
 * @throws AuthError `refresh_token_rejected` when this refresh token is dead; AuthError for other
 *   refusals; NetworkError after 10 s at most; ProtocolError, ApiError or QuotaError by the answer
 */
export async function refreshGrant(request: RefreshRequest): Promise<TokenResponse> {
  const { server, client_id, refresh_token, resource, send, clock } = request;
  const answer = await postForm({
    url: server.token_endpoint,
    form: { grant_type: 'refresh_token', refresh_token, client_id, resource },
    send,
    timeouts: TIMEOUTS,
    signal: limit(clock),
  }).catch((error: unknown) => {
    throw mayBeLost(error);
  });
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
 * Aborted when the limit has passed, counted second by second. A process that waits for a processor
 * finds its timers due before it sees what its socket received meanwhile, and must not give up then:
 * the answer lies there.
 */
function limit(clock: Clock): AbortSignal {
  const controller = new AbortController();
  const count = (left: number) => {
    const second = clock.timeout(1000);
    const next = () => (left > 1 ? count(left - 1) : controller.abort(second.reason));
    second.addEventListener('abort', next, { once: true });
  };
  count(LIMIT);
  return controller.signal;
}

/** RFC 6749 §5.2 says `invalid_grant`; Qwen says `invalid_request` and means the same. */
function isDead({ error, error_description }: Refusal): boolean {
  if (error === 'invalid_grant') return true;
  return error === 'invalid_request' && /^invalid refresh token\b/i.test(error_description ?? '');
}
