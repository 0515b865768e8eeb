import type { Dispatcher } from 'undici';
import { ProtocolError, UsageError } from '../errors.ts';
import { isLoopbackHost } from '../hosts.ts';
import { describeFailure } from './failure.ts';
import type { HttpRequest, HttpResponse, Send, Timeouts } from './message.ts';
import type { Trace } from './trace.ts';

export const DEFAULT_TIMEOUTS: Timeouts = { connect: 10_000, headers: 60_000, body: 120_000 };

/** Proxy settings in the words of the environment variables. */
export interface ProxySettings {
  http_proxy?: string | undefined;
  https_proxy?: string | undefined;
  no_proxy?: string | undefined;
}

export interface TransportOptions {
  timeouts?: Partial<Timeouts>;
  proxy?: ProxySettings;
  trace?: Trace | undefined;
}

/** Real HTTP over undici, loaded at the first request. Loopback is never sent through a proxy. */
export function createTransport(options: TransportOptions = {}): Send {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const proxy = options.proxy ?? {};
  const proxied = Boolean(proxy.http_proxy ?? proxy.https_proxy);
  let direct: Promise<Dispatcher> | undefined;
  let viaProxy: Promise<Dispatcher> | undefined;

  function dispatcherFor(url: URL): Promise<Dispatcher> {
    if (isProxied(url)) return (viaProxy ??= proxyAgent(timeouts, proxy));
    return (direct ??= plainAgent(timeouts));
  }

  function isProxied(url: URL): boolean {
    return proxied && !isLoopbackHost(url.hostname);
  }

  return async (request) => {
    const url = new URL(request.url);
    request.signal?.throwIfAborted();
    options.trace?.({ type: 'request', request });
    try {
      const response = await exchange(await dispatcherFor(url), url, request, timeouts);
      options.trace?.({ type: 'response', request, response });
      return refuseRedirect(response, url);
    } catch (error) {
      // With NO_PROXY, whether it was the proxy is undici's secret.
      const blamed = isProxied(url) && !proxy.no_proxy;
      const host = blamed ? `${url.host} (through a proxy)` : url.host;
      const failure = describeFailure(error, host, request.signal);
      options.trace?.({ type: 'failure', request, failure });
      throw failure;
    }
  };
}

/** Loads what the first request needs, so that nobody takes that time for the server's. */
export async function preloadTransport(): Promise<void> {
  await Promise.all([
    import('undici/lib/dispatcher/agent.js'),
    import('undici/lib/api/api-request.js'),
  ]);
}

async function plainAgent(timeouts: Timeouts): Promise<Dispatcher> {
  // undici's index also loads fetch, caches and mocks: 62 to 86 ms at start-up, this part alone 35.
  const { default: Agent } = await import('undici/lib/dispatcher/agent.js');
  return new Agent({ connect: { timeout: timeouts.connect } });
}

async function proxyAgent(timeouts: Timeouts, proxy: ProxySettings): Promise<Dispatcher> {
  // Read before anything is loaded: what cannot be a proxy is wrong usage.
  const [httpProxy, httpsProxy] = [proxyUrl(proxy.http_proxy), proxyUrl(proxy.https_proxy)];
  const [{ default: EnvHttpProxyAgent }, { default: Dispatcher }, { default: api }] =
    await Promise.all([
      import('undici/lib/dispatcher/env-http-proxy-agent.js'),
      import('undici/lib/dispatcher/dispatcher.js'),
      import('undici/lib/api/index.js'),
    ]);
  // As undici's index does: the proxy agent calls `connect` of other dispatchers.
  Object.assign(Dispatcher.prototype, api);
  return new EnvHttpProxyAgent({
    connect: { timeout: timeouts.connect },
    httpProxy,
    httpsProxy,
    noProxy: proxy.no_proxy ?? '',
  });
}

/**
 * Without a scheme it is an http one, as curl has it. An empty string, not undefined, for none:
 * undici would look into the environment by itself.
 * @throws UsageError `invalid_proxy`, without the value: a password may stand in it
 */
function proxyUrl(setting: string | undefined): string {
  if (!setting) return '';
  const text = setting.includes('://') ? setting : `http://${setting}`;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError('HTTPS_PROXY or HTTP_PROXY does not name a proxy', {
    code: 'invalid_proxy',
    hint: 'Write http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT.',
  });
}

async function exchange(
  dispatcher: Dispatcher,
  url: URL,
  request: HttpRequest,
  defaults: Timeouts,
): Promise<HttpResponse> {
  const timeouts = { ...defaults, ...request.timeouts };
  const { RequestHandler } = (await import('undici/lib/api/api-request.js')).default;
  const options: Dispatcher.RequestOptions = {
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.method,
    headers: { 'accept-encoding': 'identity', ...request.headers },
    body: request.body ?? null,
    signal: request.signal ?? null,
    headersTimeout: timeouts.headers,
    bodyTimeout: timeouts.body,
  };
  const { statusCode, headers, body } = await new Promise<Dispatcher.ResponseData>(
    (resolve, reject) => {
      const handler = new RequestHandler(options, (error, response) => {
        if (error) reject(error);
        else resolve(response);
      });
      handler.onConnect = (abort, context) => {
        RequestHandler.prototype.onConnect.call(handler, abort, context);
        if (!handler.reason) request.onSent?.();
      };
      dispatcher.dispatch(options, handler);
    },
  );
  return {
    status: statusCode,
    headers: joinHeaders(headers),
    body: readBody(body, url.host, request.signal),
    host: url.host,
  };
}

function joinHeaders(headers: Record<string, string | string[] | undefined>) {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return joined;
}

async function* readBody(
  body: AsyncIterable<Uint8Array>,
  host: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw describeFailure(error, host, signal);
  }
}

function refuseRedirect(response: HttpResponse, url: URL): HttpResponse {
  const { status, headers } = response;
  if (status < 300 || status > 399) {
    refuseEncoding(response);
    return response;
  }
  const target = headers.location === undefined ? undefined : hostOf(headers.location, url);
  const where = target === undefined ? '' : ` to ${target}`;
  throw new ProtocolError(`${url.host} answered with a redirect (${status})${where}`, {
    code: 'redirect_refused',
    status,
    hint: 'Redirects are not followed, so that no secret is sent on. Use the final address itself.',
  });
}

function refuseEncoding({ headers, host, status }: HttpResponse): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  if (encoding === undefined || encoding === '' || encoding === 'identity') return;
  throw new ProtocolError(`${host} compressed an answer that was asked for uncompressed`, {
    code: 'unexpected_encoding',
    status,
    hint: 'A proxy in between may do this; ask its operator to respect "Accept-Encoding: identity".',
  });
}

function hostOf(location: string, base: URL): string | undefined {
  try {
    return new URL(location, base).host;
  } catch {
    return undefined;
  }
}
