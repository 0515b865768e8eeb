import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal, sendReply, type Exchange, type Handler, type Reply } from './exchange.ts';

/** The handlers by path and method. A path that ends in `/` stands for one more segment. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

export interface RouterOptions {
  routes: Routes;
  /** The port this server listens on. */
  port: number;
  /** Told the route of every request that is let in. */
  onRequest: (route: string) => void;
}

/** Carries out one exchange from the first check to the last byte. Never rejects. */
export async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: RouterOptions,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const reply = await dispatch(request, response, gone.signal, options);
    if (reply) sendReply(response, reply);
  } catch (error) {
    if (gone.signal.aborted || response.headersSent) response.destroy();
    else sendReply(response, error instanceof Refusal ? error.reply : INTERNAL_ERROR);
  }
}

async function dispatch(
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
  { routes, port, onRequest }: RouterOptions,
): Promise<Reply | undefined> {
  // A page elsewhere whose name was re-bound to 127.0.0.1 comes with its own name.
  const { host } = request.headers;
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    return failure(421, 'misdirected_request', 'this server is only 127.0.0.1 and localhost');
  }
  const url = parseTarget(request.url, host);
  if (!url) return failure(400, 'bad_request', 'malformed request target');
  const route = Object.hasOwn(routes, url.pathname)
    ? url.pathname
    : url.pathname.replace(/[^/]+$/, '');
  const methods = Object.hasOwn(routes, route) ? routes[route] : undefined;
  onRequest(methods ? route : 'other');
  if (!methods) return failure(404, 'not_found', 'nothing lives at this path');
  const method = request.method ?? '';
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!handler) {
    const refused = failure(405, 'method_not_allowed', 'another method is wanted here');
    return { ...refused, headers: { allow: Object.keys(methods).join(', ') } };
  }
  const exchange: Exchange = { request, response, url, signal };
  return handler(exchange);
}

/** Undefined when the target is not a path. */
function parseTarget(target: string | undefined, host: string): URL | undefined {
  if (!target?.startsWith('/') || !URL.canParse(`http://${host}${target}`)) return undefined;
  return new URL(`http://${host}${target}`);
}

function failure(status: number, code: string, message: string): Reply {
  return { status, body: { error: { message, type: 'invalid_request_error', param: null, code } } };
}

const INTERNAL_ERROR = failure(500, 'internal_error', 'the sandbox has a bug');
