import { NetworkError } from '../errors.ts';
import type { HttpRequest, Timeouts } from './message.ts';
import { checkNetwork, type Peer, sentence } from './peer.ts';

/** The limits when neither the user nor the kind of exchange sets others. */
export const DEFAULT_TIMEOUTS: Timeouts = {
  connect: 10_000,
  headers: 60_000,
  body: 120_000,
  total: 60_000,
};

/** Those for an answer of a model, which first loads and reads a long prompt. */
export const CHAT_TIMEOUTS: Partial<Timeouts> = { headers: 600_000 };

/** The limits of one exchange. `user` holds those that the user sets. */
export function limitsOf(
  request: Pick<HttpRequest, 'default_timeouts' | 'timeouts'>,
  user: Partial<Timeouts> | undefined,
): Timeouts {
  return { ...DEFAULT_TIMEOUTS, ...request.default_timeouts, ...user, ...request.timeouts };
}

/** The longest limit for connecting that `--timeout` sets, in milliseconds. */
export const LONGEST_CONNECT = 30_000;

/**
 * Milliseconds that one of several addresses of a host has to accept the connection: enough to send a
 * lost SYN again, which is 1 s. Node's own 250 are less than a far server takes. Addresses are tried one
 * after the other, so that each dead one costs this time.
 */
export const ADDRESS_TIMEOUT = 1500;

/** The step that an exchange waits for. `CONNECT` is the answer of a proxy, `headers` the first byte,
 * `loading` the end of an answer that says so, `total` the end of the body. */
export type Wait = 'connect' | 'CONNECT' | 'TLS' | 'headers' | 'loading' | 'body' | 'total';

/** The `code` of each time-out, and the predicate of its message. */
const WAITS: Record<Wait, [code: string, what: string]> = {
  connect: ['connect_timeout', 'did not accept the connection'],
  CONNECT: ['connect_timeout', 'did not answer CONNECT'],
  TLS: ['connect_timeout', 'did not finish the TLS handshake'],
  headers: ['headers_timeout', 'did not begin to answer'],
  loading: ['headers_timeout', 'did not finish loading the model'],
  body: ['body_timeout', 'stopped sending in the middle of its answer: nothing of it came'],
  total: ['timeout', 'did not end its answer'],
};

/** The shortest limit that a hint suggests, in milliseconds. */
const SHORTEST_SUGGESTION = 30_000;

/** The error of a limit that passed. Its hint names a `--timeout` of twice the time, at least 30 s. */
export function timeoutError(
  wait: Wait,
  peer: Peer,
  timeouts: Timeouts,
  cause?: Error,
): NetworkError {
  const [code, what] = WAITS[wait];
  const answering = !['connect', 'CONNECT', 'TLS'].includes(wait);
  const own = timeouts[wait === 'body' || wait === 'total' ? wait : 'headers'];
  const limit = answering ? own : Math.min(timeouts.connect, timeouts.headers);
  const longer = Math.max(SHORTEST_SUGGESTION, 2 * own);
  const adjustable = answering || limit < LONGEST_CONNECT;
  return new NetworkError(sentence(`${peer.name} ${what} within ${duration(limit)}`), {
    code,
    hint:
      (answering ? 'Try again' : checkNetwork(peer).replace(/\.$/, '')) +
      (adjustable ? `, or allow more time: --timeout ${duration(longer)}` : '.'),
    ...(cause && { cause }),
  });
}

/** A limit in the form that `--timeout` takes. */
export function duration(ms: number): string {
  if (ms % 1000 !== 0) return `${ms}ms`;
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`;
}

/** Limits each wait for the next piece of a body. The time that the reader takes for a piece does not count. */
export interface BodyLimit {
  /** The wait for a piece begins. */
  wait(): void;
  /** The piece has arrived. */
  arrived(): void;
  /** Nothing is waited for any more. */
  end(): void;
  /** A piece of the content came: from now on the limit `body` holds, from the next wait on. */
  progressed(): void;
}

/** The timers of undici, see connection.ts. */
interface Timers {
  setTimeout(callback: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
}

interface Timer {
  refresh(): unknown;
}

/**
 * Makes the limit of one body. It needs one timer for all pieces. With `late_content` only the content
 * counts: what else a server sends says as little as nothing.
 * @param fail called with a NetworkError `body_timeout`, or `headers_timeout` before late content
 */
export function createBodyLimit(
  timers: Timers,
  { timeouts, peer }: { timeouts: Timeouts; peer: Peer },
  { late_content }: Pick<HttpRequest, 'late_content'>,
  fail: (error: Error) => void,
): BodyLimit {
  let late = late_content === true;
  let waiting = false;
  /** Whether the next wait has the whole limit. */
  let afresh = true;
  let timer: Timer | undefined;
  const expire = () => {
    if (waiting) fail(timeoutError(late ? 'headers' : 'body', peer, timeouts));
    // The reader took the time.
    else afresh = true;
  };
  return {
    wait() {
      waiting = true;
      if (!afresh) return;
      afresh = false;
      const limit = late ? Math.max(timeouts.headers, timeouts.body) : timeouts.body;
      if (timer) timer.refresh();
      else timer = timers.setTimeout(expire, limit);
    },
    arrived() {
      waiting = false;
      afresh ||= late_content !== true;
    },
    end() {
      if (timer) timers.clearTimeout(timer);
    },
    progressed() {
      afresh = true;
      if (!late) return;
      late = false;
      if (timer) timers.clearTimeout(timer);
      timer = undefined;
    },
  };
}
