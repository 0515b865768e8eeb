import { NetworkError, ProtocolError, QwenDemoError } from '../errors.ts';

const DNS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'ENODATA']);
const TIMEOUTS: Record<string, [code: string, what: string]> = {
  UND_ERR_CONNECT_TIMEOUT: ['connect_timeout', 'did not accept the connection in time'],
  ETIMEDOUT: ['connect_timeout', 'did not accept the connection in time'],
  UND_ERR_HEADERS_TIMEOUT: ['headers_timeout', 'did not begin to answer in time'],
  UND_ERR_BODY_TIMEOUT: ['body_timeout', 'stopped sending in the middle of its answer'],
};
const UNREACHABLE: Record<string, string> = {
  ECONNREFUSED: 'refused the connection',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached: there is no route to its network',
  EADDRNOTAVAIL: 'cannot be reached from this machine',
};
const RESET = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * Turns whatever undici or Node throws into an error the user can act on. An error that is ours
 * already passes; an abort becomes the signal's own reason.
 */
export function describeFailure(
  error: unknown,
  host: string,
  signal: AbortSignal | undefined,
): unknown {
  if (signal?.aborted) return timeoutOr(signal.reason, host);
  if (error instanceof QwenDemoError || !(error instanceof Error)) return error;
  const code = codeOf(error);
  return (
    timeout(code, host, error) ??
    unreachable(code, host, error) ??
    tls(code, host, error) ??
    malformed(code, host, error) ??
    tunnel(host, error) ??
    error
  );
}

/** A bound that a caller set through `AbortSignal.timeout` is a time-out like any other. */
function timeoutOr(reason: unknown, host: string): unknown {
  if (!(reason instanceof DOMException) || reason.name !== 'TimeoutError') return reason;
  return new NetworkError(`${host} did not answer in time`, {
    code: 'timeout',
    hint: 'Try again, or allow more time with --timeout.',
  });
}

function codeOf(error: Error & { code?: unknown; cause?: unknown }): string {
  if (typeof error.code === 'string') return error.code;
  // Happy Eyeballs (RFC 8305) reports one error per address tried.
  if (error instanceof AggregateError && error.errors[0] instanceof Error) {
    return codeOf(error.errors[0]);
  }
  return error.cause instanceof Error ? codeOf(error.cause) : '';
}

function timeout(code: string, host: string, cause: Error): NetworkError | undefined {
  const entry = TIMEOUTS[code];
  return (
    entry &&
    new NetworkError(`${host} ${entry[1]}`, {
      code: entry[0],
      hint: 'Try again, or allow more time with --timeout.',
      cause,
    })
  );
}

function unreachable(code: string, host: string, cause: Error): NetworkError | undefined {
  if (DNS.has(code)) {
    return new NetworkError(`${host} was not found (DNS)`, {
      code: 'dns',
      hint: 'Check the spelling of the host, the network, and HTTPS_PROXY if you need a proxy.',
      cause,
    });
  }
  const what = UNREACHABLE[code];
  if (what !== undefined) {
    return new NetworkError(`${host} ${what}`, {
      code: code === 'ECONNREFUSED' ? 'connection_refused' : 'unreachable',
      hint: 'Check that the server runs and that the address and port are right.',
      cause,
    });
  }
  if (RESET.has(code)) {
    return new NetworkError(`${host} closed the connection`, {
      code: 'connection_reset',
      hint: 'Try again; if it stays so, a proxy or firewall in between may cut it.',
      cause,
    });
  }
  return undefined;
}

function tls(code: string, host: string, cause: Error): NetworkError | undefined {
  if (!/CERT|TLS|SSL|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH|EPROTO/.test(code)) return undefined;
  return new NetworkError(`The TLS connection to ${host} failed (${code})`, {
    code: 'tls',
    hint: 'Behind an inspecting proxy, name its certificate authority in NODE_EXTRA_CA_CERTS.',
    cause,
  });
}

function malformed(code: string, host: string, cause: Error): ProtocolError | undefined {
  if (cause.name !== 'HTTPParserError' && !/^UND_ERR_(HEADERS_OVERFLOW|RES_)/.test(code)) {
    return undefined;
  }
  return new ProtocolError(`${host} sent something that is not HTTP`, {
    code: 'malformed_http',
    hint: 'Check the address and the port: another service may be listening there.',
    cause,
  });
}

/** undici says it in words alone. */
function tunnel(host: string, cause: Error): NetworkError | undefined {
  const status = /^Proxy response \((\d{3})\)/.exec(cause.message)?.[1];
  if (status === undefined) return undefined;
  return new NetworkError(`There is no way to ${host}: the proxy answered ${status}`, {
    code: 'proxy_refused',
    hint: 'Check HTTPS_PROXY, or name the host in NO_PROXY if it needs none.',
    cause,
  });
}
