import { ProtocolError } from '../errors.ts';
import { redact } from '../redaction.ts';
import type { HttpResponse } from './message.ts';

type Head = Pick<HttpResponse, 'status' | 'headers'>;

/** Characters of a path that a message repeats. */
const PATH_CAP = 100;

/** Whether a response has a status of 3xx. */
export function isRedirect({ status }: Head): boolean {
  return status >= 300 && status <= 399;
}

/**
 * Where a request can be sent again unchanged: to another path of the same origin after 307 and 308,
 * which keep the method (RFC 9110 §15.4.8, §15.4.9), and after 301 and 302 when only slashes differ.
 * Undefined for any other redirect. Our query stays when the target has none.
 */
export function unchangedTarget({ status, headers }: Head, url: URL): string | undefined {
  const target = targetOf(headers.location, url);
  if (target?.origin !== url.origin || target.username + target.password !== '') return undefined;
  const only_slashes = withoutSlashes(target.pathname) === withoutSlashes(url.pathname);
  const moved = (status === 301 || status === 302) && only_slashes;
  if (!moved && status !== 307 && status !== 308) return undefined;
  if (target.search === '') target.search = url.search;
  target.hash = '';
  return target.href === url.href ? undefined : target.href;
}

/**
 * The error for a redirect that is not followed. Its message has no query, which may be a secret.
 * @param secrets of the request, which the server may repeat
 */
export function redirectRefused(
  { status, headers }: Head,
  url: URL,
  secrets: readonly string[],
): ProtocolError {
  const target = targetOf(headers.location, url);
  const where = target === undefined ? '' : ` to ${redact(placeOf(target, url), secrets)}`;
  const secure = target?.protocol === 'https:' && target.host === url.host;
  return new ProtocolError(`${url.host} answered with a redirect (${status})${where}`, {
    code: 'redirect_refused',
    status,
    hint: secure
      ? 'Write the base URL with https:// instead of http://.'
      : 'No secret is sent on to another address. Use the final address itself as base URL.',
  });
}

function placeOf(target: URL, { origin, host }: URL): string {
  if (target.origin === origin) return target.pathname.slice(0, PATH_CAP);
  return target.host === host ? target.origin : target.host;
}

function targetOf(location: string | undefined, base: URL): URL | undefined {
  if (location === undefined || !URL.canParse(location, base.href)) return undefined;
  return new URL(location, base);
}

function withoutSlashes(path: string): string {
  return path.replaceAll(/\/+/g, '/').replace(/\/$/, '');
}
