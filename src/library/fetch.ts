import type { Access } from '../core/api/access.ts';
import { accessOf, headersOf, type AccessOptions } from './access.ts';

/** A `fetch` with access. */
export interface CreateFetchOptions extends AccessOptions {
  /** Sends the requests. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
}

/**
 * A `fetch` that adds a fresh token or the key, for SDKs that take a `fetch` of their own. A request to
 * another origin than that of the endpoint goes without it. After a 401 a request whose body can be
 * sent again is sent once more with renewed access.
 *
 * It rejects with the errors of the session (AuthError and others), and with those of `fetch`.
 * @throws UsageError `invalid_base_url`, `plain_http`, `invalid_header`; TypeError without a session and
 *   an endpoint
 */
export function createFetch(options: CreateFetchOptions): typeof globalThis.fetch {
  const access = accessOf(options);
  const more = headersOf(options);
  const send = options.fetch ?? globalThis.fetch;
  return async (input, init) => {
    const request = new Request(input, init);
    const again = request.body === null || !isStream(input, init) ? request.clone() : undefined;
    const signal = request.signal;
    const first = await access.get(signal);
    const response = await send(withAccess(request, first, more));
    if (response.status !== 401 || again === undefined || !isMeant(request, first)) return response;
    const renewed = await access.renew(first, signal);
    if (renewed === undefined) return response;
    await response.body?.cancel();
    return send(withAccess(again, renewed, more));
  };
}

/** A stream of the caller can be read once. */
function isStream(input: unknown, init: RequestInit | undefined): boolean {
  return init?.body instanceof ReadableStream || (input instanceof Request && init?.body == null);
}

function isMeant({ url }: Request, { endpoint }: Access): boolean {
  return new URL(url).origin === new URL(endpoint).origin;
}

/** A key that the SDK adds, such as a placeholder, is replaced. */
function withAccess(request: Request, access: Access, more: Record<string, string>): Request {
  if (!isMeant(request, access)) return request;
  const { bearer, key_header } = access;
  const headers = new Headers(request.headers);
  headers.delete('authorization');
  if (key_header !== undefined && bearer !== undefined) headers.set(key_header, bearer);
  else if (bearer !== undefined) headers.set('authorization', `Bearer ${bearer}`);
  for (const name in more) headers.set(name, more[name] ?? '');
  return new Request(request, { headers, redirect: 'manual' });
}
