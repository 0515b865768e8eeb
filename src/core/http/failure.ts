import { getSystemErrorMap } from 'node:util';
import { NetworkError, ProtocolError, QwenDemoError, UsageError } from '../errors.ts';
import { checkNetwork, type Peer, sentence } from './peer.ts';

const RESET = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET']);

/** An error of Node or undici, with the fields that some of them have. */
type Failure = Error & { code?: unknown; errno?: unknown; syscall?: unknown };

/**
 * Translates an error of undici or Node into one that the user can act on:
 * - NetworkError `timeout`, `connect_timeout`, `headers_timeout`, `body_timeout`, `dns`,
 *   `dns_unavailable` when no name server answers, `tls`,
 *   `connection_refused`, `connection_reset`, or `unreachable` with the system's code for any other;
 * - ProtocolError `malformed_http`;
 * - UsageError `invalid_header` for a header that cannot be sent;
 * - the reason of the signal after an abort.
 *
 * A QwenDemoError and an error that only a bug can cause (TypeError, a wrong argument to undici) come
 * back unchanged.
 */
export function describeFailure(error: unknown, peer: Peer, signal?: AbortSignal): unknown {
  if (signal?.aborted) return abortError(signal.reason, peer);
  if (error instanceof QwenDemoError || !(error instanceof Error)) return error;
  const failure = rootOf(error);
  const code = typeof failure.code === 'string' ? failure.code : '';
  if (isMistake(failure, code)) return error;
  return (
    refusedArgument(failure, code) ??
    cutOff(failure, code, peer) ??
    malformed(failure, code, peer) ??
    timeout(failure, code, peer) ??
    lookup(failure, code, peer) ??
    tls(failure, code, peer) ??
    unreachable(failure, code, peer)
  );
}

/**
 * The reason of an abort. The `TimeoutError` of a signal from `Clock.timeout` becomes a NetworkError
 * with the code `timeout`.
 */
export function abortError(reason: unknown, peer: Peer): unknown {
  if (!(reason instanceof DOMException) || reason.name !== 'TimeoutError') return reason;
  return new NetworkError(sentence(`${peer.name} did not answer in time`), {
    code: 'timeout',
    hint: `Try again. ${checkNetwork(peer)}`,
  });
}

function isMistake({ name }: Failure, code: string): boolean {
  if (code === '') return /^(Type|Range|Reference|Syntax)Error$/.test(name);
  return code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
}

function rootOf(error: Failure): Failure {
  if (typeof error.code === 'string' && !(error instanceof AggregateError)) return error;
  // Happy Eyeballs (RFC 8305) reports one error for each address.
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return inner instanceof Error ? rootOf(inner) : error;
}

/** undici validates a request. Headers come from the user; any other wrong argument is a bug. */
function refusedArgument(failure: Failure, code: string): Error | undefined {
  if (!/^UND_ERR_(INVALID_ARG|NOT_SUPPORTED|REQ_)/.test(code)) return undefined;
  if (!/header/i.test(failure.message)) return failure;
  return new UsageError(`The request cannot be sent: ${failure.message}`, {
    code: 'invalid_header',
    hint: 'Check --user-agent, the API key and the token: line breaks and most other special characters are not allowed.',
    cause: failure,
  });
}

/** The connection ended within a body: before its Content-Length, or before its last chunk. */
function cutOff(failure: Failure, code: string, peer: Peer): NetworkError | undefined {
  // The error of llhttp has this code by name only: undici looks its number up in a table of names.
  const in_chunks = failure.message.includes('(Invalid EOF state)');
  if (code !== 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' && !in_chunks) return undefined;
  return new NetworkError(sentence(`${peer.name} closed the connection within its answer`), {
    code: 'connection_reset',
    hint: peer.hint ?? CUT_OFTEN,
    cause: failure,
  });
}

const CUT_OFTEN =
  'Try again. If it happens again, a proxy or firewall in between may cut the connection.';

/** A response that is not HTTP. For a status of 000, undici fails with an assertion. */
function malformed(failure: Failure, code: string, peer: Peer): ProtocolError | undefined {
  const { name, message } = failure;
  const http =
    name === 'HTTPParserError' ||
    /^(HPE_|ERR_ASSERTION$|UND_ERR_(HEADERS_OVERFLOW|RES_))/.test(code) ||
    (code === 'UND_ERR_SOCKET' && message.startsWith('bad '));
  if (!http) return undefined;
  // undici: the status 100, which a server may send only after `Expect: 100-continue`.
  if (message === 'bad response') return unasked(failure, peer);
  const what = /OVERFLOW/.test(code) ? 'headers that are too long' : 'something that is not HTTP';
  return new ProtocolError(sentence(`${peer.name} sent ${what}`), {
    code: 'malformed_http',
    hint: peer.hint ?? 'Check the address and the port: another service may be listening there.',
    cause: failure,
  });
}

function unasked(cause: Failure, peer: Peer): ProtocolError {
  const what =
    'sent HTTP 100 Continue before its answer, which no request of this program asks for';
  return new ProtocolError(sentence(`${peer.name} ${what}`), {
    code: 'unasked_continue',
    hint: 'The server or a proxy before it breaks HTTP (RFC 9110, section 10.1.1): update it, or go around it.',
    cause,
  });
}

function timeout(failure: Failure, code: string, peer: Peer) {
  if (code !== 'ETIMEDOUT') return undefined;
  return new NetworkError(sentence(`${peer.name} did not answer in time (${code})`), {
    code: 'connect_timeout',
    hint: checkNetwork(peer),
    cause: failure,
  });
}

function lookup(failure: Failure, code: string, peer: Peer): NetworkError | undefined {
  if (failure.syscall !== 'getaddrinfo' && !code.startsWith('EAI_')) return undefined;
  if (code === 'EAI_AGAIN') {
    return new NetworkError(
      sentence(`${peer.name} was not looked up: no name server answers (${code})`),
      {
        code: 'dns_unavailable',
        hint: peer.hint ?? `Check the name servers of this machine. ${checkNetwork(peer)}`,
        cause: failure,
      },
    );
  }
  return new NetworkError(sentence(`${peer.name} was not found (DNS: ${code})`), {
    code: 'dns',
    hint: peer.hint ?? `Check the spelling of the host. ${checkNetwork(peer)}`,
    cause: failure,
  });
}

function tls(failure: Failure, code: string, peer: Peer): NetworkError | undefined {
  if (!/CERT|TLS|SSL|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH|EPROTO/.test(code)) return undefined;
  return new NetworkError(`The TLS connection to ${peer.name} failed (${code})`, {
    code: 'tls',
    hint: tlsHint(failure, code),
    cause: failure,
  });
}

function tlsHint({ message }: Failure, code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return 'The certificate is for another host: check the address.';
  }
  if (/CERT_(HAS_EXPIRED|NOT_YET_VALID)/.test(code)) {
    return 'The certificate is not valid now: check the date of this machine, or ask the operator.';
  }
  if (/wrong version number|packet length too long/i.test(message)) {
    return 'The server does not speak TLS at this port: if it has no https, write http:// in the address.';
  }
  return 'If the certificate is of your own server, or of a proxy that inspects the connection, name its certificate authority in NODE_EXTRA_CA_CERTS.';
}

/** All other errors of a connection. */
function unreachable(failure: Failure, code: string, peer: Peer): NetworkError {
  if (code === 'ECONNREFUSED') {
    return new NetworkError(sentence(`${peer.name} refused the connection`), {
      code: 'connection_refused',
      hint: peer.hint ?? 'Check that the server runs and that the address and port are right.',
      cause: failure,
    });
  }
  if (RESET.has(code)) {
    return new NetworkError(sentence(`${peer.name} closed the connection`), {
      code: 'connection_reset',
      hint: peer.hint ?? CUT_OFTEN,
      cause: failure,
    });
  }
  const why = `${systemWords(failure)}${code && ` (${code})`}`;
  return new NetworkError(sentence(`${peer.name} cannot be reached: ${why}`), {
    code: 'unreachable',
    hint: /^E[MN]FILE$/.test(code)
      ? 'No more files can be open on this machine: raise the limit (ulimit -n) or end other programs.'
      : (peer.hint ?? 'Check the address, the routes and the firewall of this machine.'),
    cause: failure,
  });
}

/** `permission denied`, without the address that Node adds. */
function systemWords({ errno, message }: Failure): string {
  const words = typeof errno === 'number' ? getSystemErrorMap().get(errno)?.[1] : undefined;
  return words ?? message.split('\n', 1)[0] ?? '';
}
