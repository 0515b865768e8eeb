import { NetworkError } from '../errors.ts';
import type { Timeouts } from './message.ts';
import { CHECK_NETWORK, type Peer, sentence } from './peer.ts';

/** The limits when neither the user nor the kind of exchange sets others. */
export const DEFAULT_TIMEOUTS: Timeouts = { connect: 10_000, headers: 60_000, body: 120_000 };

/** The longest limit for connecting that `--timeout` sets, in milliseconds. */
export const LONGEST_CONNECT = 30_000;

/** The step that an exchange waits for. `CONNECT` is the answer of a proxy, `headers` the first byte. */
export type Wait = 'connect' | 'CONNECT' | 'TLS' | 'headers' | 'body';

/** The `code` of each time-out, and the predicate of its message. */
const WAITS: Record<Wait, [code: string, what: string]> = {
  connect: ['connect_timeout', 'did not accept the connection'],
  CONNECT: ['connect_timeout', 'did not answer CONNECT'],
  TLS: ['connect_timeout', 'did not finish the TLS handshake'],
  headers: ['headers_timeout', 'did not begin to answer'],
  body: ['body_timeout', 'stopped sending in the middle of its answer: nothing came'],
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
  const answering = wait === 'headers' || wait === 'body';
  const limit = answering ? timeouts[wait] : Math.min(timeouts.connect, timeouts.headers);
  const longer = Math.max(
    SHORTEST_SUGGESTION,
    2 * (wait === 'body' ? timeouts.body : timeouts.headers),
  );
  const adjustable = answering || limit < LONGEST_CONNECT;
  return new NetworkError(sentence(`${peer.name} ${what} within ${duration(limit)}`), {
    code,
    hint:
      (answering ? 'Try again' : (peer.hint ?? CHECK_NETWORK).replace(/\.$/, '')) +
      (adjustable ? `, or allow more time: --timeout ${duration(longer)}` : '.'),
    ...(cause && { cause }),
  });
}

/** In the form that `--timeout` takes. */
function duration(ms: number): string {
  if (ms % 1000 !== 0) return `${ms}ms`;
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`;
}
