import { ProtocolError, type QwenDemoError, UsageError } from '../errors.ts';
import { isLoopbackHost, isQwenHost } from './hosts.ts';

/** The API base URL of a Qwen login whose token response has no `resource_url`. */
export const DEFAULT_ENDPOINT = 'https://dashscope.aliyuncs.com/compatible-mode/v1';

/**
 * The API base URL of a login, without a trailing slash.
 *
 * Three rules are Qwen Code's: a `resource_url` without a scheme gets `https://`, one that does not
 * end in `/v1` gets it, and without one the endpoint is `DEFAULT_ENDPOINT`. The other rules decide
 * where an access token may go: https only (http on loopback); no user info, query or fragment; with
 * `trust: 'qwen'` only hosts of Qwen and loopback.
 * @throws ProtocolError `invalid_resource_url` or `untrusted_endpoint`
 */
export function resolveEndpoint(resource_url: string | undefined, trust: 'qwen' | 'any'): string {
  const text = resource_url?.trim() ?? '';
  if (text === '') return DEFAULT_ENDPOINT;
  const url = parseBaseUrl(text, resourceUrlError);
  if (trust === 'qwen' && !isQwenHost(url.hostname) && !isLoopbackHost(url.hostname)) {
    throw new ProtocolError(`The login leads to ${url.host}, which is not one of Qwen's hosts`, {
      code: 'untrusted_endpoint',
      hint: `If you trust it, name it yourself: --base-url ${join(url, true)}`,
    });
  }
  return join(url, true);
}

/**
 * An API base URL that the user names. The same checks hold, but every host is allowed, and `/v1` is
 * added only to a URL without a path.
 * @param source the flag or variable, for the message
 * @throws UsageError `invalid_base_url`
 */
export function parseEndpoint(text: string, source: string): string {
  const url = parseBaseUrl(text.trim(), (why) => {
    return new UsageError(`${source} is not a usable API base URL: ${why}`, {
      code: 'invalid_base_url',
      hint: 'Write it like https://dashscope.aliyuncs.com/compatible-mode/v1',
    });
  });
  return join(url, pathOf(url) === '');
}

function resourceUrlError(why: string): QwenDemoError {
  return new ProtocolError(`The login names an unusable API address (resource_url): ${why}`, {
    code: 'invalid_resource_url',
    hint: 'Name the API yourself with --base-url, or sign in again: qwen-demo auth',
  });
}

function parseBaseUrl(text: string, fail: (why: string) => QwenDemoError): URL {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0].toLowerCase();
  if (scheme !== undefined && scheme !== 'https://' && scheme !== 'http://') {
    throw fail('only https is allowed');
  }
  const rest = text.slice(scheme?.length ?? 0);
  const authority = rest.split('/', 1)[0] ?? '';
  // The URL parser accepts each of these and changes its meaning.
  if (/[\s\\\0-\x1f\x7f-\x9f]/.test(text))
    throw fail('it contains a space, a backslash or a control character');
  if (/^https?:/i.test(rest)) throw fail('its scheme is malformed');
  if (/[?#]/.test(rest)) throw fail('it must have no query and no fragment');
  if (authority.includes('@')) throw fail('it must have no user info');
  if (authority.includes('%')) throw fail('its host is percent-encoded');
  if (!URL.canParse((scheme ?? 'https://') + rest) || authority === '') throw fail('not a URL');
  const url = new URL((scheme ?? 'https://') + rest);
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    throw fail(`plain http is only allowed on loopback, not for ${url.host}`);
  }
  return url;
}

function pathOf(url: URL): string {
  return url.pathname.replace(/\/+$/, '');
}

function join(url: URL, versioned: boolean): string {
  const path = pathOf(url);
  return url.origin + path + (versioned && !path.endsWith('/v1') ? '/v1' : '');
}
